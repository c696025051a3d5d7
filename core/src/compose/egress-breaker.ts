import type { Config } from "../config/config.ts";
import { type BreakerOptions, defaultBreaker } from "../egress/breaker.ts";

/** How egresses are held back, as the configuration says. */
export function egressBreaker(config: Pick<Config, "EGRESS_COOLDOWN_SECONDS">): BreakerOptions {
  return { ...defaultBreaker, coolMs: config.EGRESS_COOLDOWN_SECONDS * 1000 };
}
