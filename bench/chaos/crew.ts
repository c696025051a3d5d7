import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { programFile } from "@vidferry/testing";
import type { Fleet } from "../../cli/e2e/fleet/fleet.ts";
import type { RoleProcess } from "../../cli/e2e/fleet/role-process.ts";
import type { Route } from "./servers.ts";

const workerProgram = programFile(new URL("./worker-main.ts", import.meta.url));
const skewedClock = fileURLToPath(new URL("../../cli/e2e/fleet/skewed-clock.ts", import.meta.url));

/** How far the clocks of workers are ahead of the machine's, in milliseconds. */
const skews: Readonly<Record<string, number>> = { a2: 120_000, b1: -90_000 };
/** How far the clocks of a machine's processes jump. With the skew less than what signatures of webhooks and of S3 bear. */
const jumps: Readonly<Record<string, number>> = { a: 150_000, b: -150_000 };

/** A slot of the fleet: its process is restarted whenever it ends. */
export interface Member {
  readonly name: string;
  readonly role: "api" | "worker";
  /** Null while it is down. */
  readonly process: RoleProcess | null;
}

/** The processes of a run. */
export interface Crew {
  readonly members: readonly Member[];
  /** Addresses of the APIs that are up. */
  urls(): readonly string[];
  /** SIGKILL, and a new process after a while. */
  kill(member: Member, downMs: number): Promise<void>;
  /** SIGSTOP for a while. */
  hold(member: Member, ms: number): Promise<void>;
  /** Its clock jumps, and back after a while. */
  jump(member: Member, ms: number): Promise<void>;
  /** SIGTERM to all; resolves to the exit codes. */
  stop(): Promise<readonly (number | null)[]>;
}

interface Place extends Member {
  process: RoleProcess | null;
  /** Settles when no restart is in progress. */
  filling: Promise<void>;
  readonly start: () => Promise<RoleProcess>;
}

/**
 * Starts two APIs, and so many workers on each of two machines: a lost job may be taken up on the same disk, by another worker
 * or by the next one in the place of the one that was lost, or on another disk. Each machine and each API has its own route to
 * the servers. The clocks of some workers are wrong.
 */
export async function startCrew(fleet: Fleet, routes: readonly Route[], workers: number): Promise<Crew> {
  const empty = { process: null, filling: Promise.resolve() };
  const places = routes.flatMap((route): Place[] => {
    const clock = (skewMs: number) => ({
      CLOCK_SKEW_MS: String(skewMs),
      CLOCK_JUMP_MS: String(jumps[route.name] ?? 0),
    });
    const worker = (number: number) => () => {
      const skewMs = skews[`${route.name}${number}`] ?? 0;
      return fleet.worker(`machine-${route.name}`, {
        command: [process.execPath, "--no-install", "--no-env-file", "--preload", skewedClock, workerProgram],
        env: { ...route.env, ...clock(skewMs) },
      });
    };
    const api = () => fleet.api({ env: { ...route.env, ...clock(0) }, preload: [skewedClock] });
    return [
      { name: `api ${route.name}`, role: "api", ...empty, start: api },
      ...Array.from({ length: workers }, (_, index) => {
        const number = index + 1;
        return { name: `worker ${route.name}${number}`, role: "worker", ...empty, start: worker(number) } as const;
      }),
    ];
  });
  let stopping = false;
  // Sequentially: a worker may exit by itself just before it is killed, and must not be restarted twice.
  const fill = (place: Place): Promise<void> => {
    place.filling = place.filling.then(async () => {
      if (place.process !== null || stopping) return;
      const started = await place.start();
      place.process = started;
      // Some jobs crash their worker; as a service manager would, restart it.
      void started.ended.then(() => {
        if (place.process !== started) return;
        place.process = null;
        void fill(place).catch(() => undefined);
      });
    });
    return place.filling;
  };
  await Promise.all(places.map(fill));
  const placeOf = (member: Member): Place => {
    const place = places.find(({ name }) => name === member.name);
    if (place === undefined) throw new RangeError(`there is no ${member.name}`);
    return place;
  };
  const between = async (member: Member, ms: number, [begin, end]: readonly [NodeJS.Signals, NodeJS.Signals]) => {
    const { process } = placeOf(member);
    process?.signal(begin);
    await sleep(ms);
    process?.signal(end);
  };
  return {
    members: places,
    urls: () => places.flatMap(({ role, process }) => (role === "api" && process !== null ? [process.url] : [])),
    kill: async (member, downMs) => {
      const place = placeOf(member);
      await place.filling;
      const dying = place.process;
      place.process = null;
      await dying?.end("SIGKILL");
      await sleep(downMs);
      await fill(place);
    },
    hold: (member, ms) => between(member, ms, ["SIGSTOP", "SIGCONT"]),
    jump: (member, ms) => between(member, ms, ["SIGUSR2", "SIGUSR2"]),
    stop: async () => {
      stopping = true;
      await Promise.all(places.map(({ filling }) => filling));
      return await Promise.all(
        places.map(async ({ process }) => (process === null ? null : await process.end("SIGTERM"))),
      );
    },
  };
}
