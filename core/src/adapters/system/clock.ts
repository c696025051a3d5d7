import type { Clock } from "../../runtime/clock.ts";
import { sleep } from "./sleep.ts";

/** The clock of this host. */
export const systemClock: Clock = { now: () => new Date(), sleep };
