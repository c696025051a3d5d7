import { setTimeout as sleep } from "node:timers/promises";
import type { MediaOrigin, TcpProxy } from "@vidferry/testing";
import { redisCommand } from "../../cli/e2e/fleet/redis-command.ts";
import type { Crew } from "./crew.ts";
import { type Random, weighted } from "./random.ts";
import type { ChaosServers } from "./servers.ts";
import { setSourceState } from "./source-state.ts";

/** Targets of faults. */
export interface Stage {
  readonly crew: Crew;
  readonly servers: ChaosServers;
  readonly origin: MediaOrigin;
  readonly random: Random;
  readonly leaseMs: number;
}

/** An active fault. */
export interface Strike {
  readonly kind: string;
  /** Its target; two faults never have the same target at once. */
  readonly target: string;
  readonly describe: string;
  /** The database is unreachable for all processes while it lasts. */
  readonly stopsDatabase: boolean;
  /** Applies the fault and reverts it. */
  run(): Promise<void>;
}

type Prepare = (stage: Stage) => Omit<Strike, "kind" | "stopsDatabase"> & { readonly stopsDatabase?: boolean };

const member = ({ crew, random }: Stage, role: "api" | "worker") =>
  random.pick(crew.members.filter((candidate) => candidate.role === role));

function killed(role: "api" | "worker"): Prepare {
  return (stage) => {
    const victim = member(stage, role);
    const downMs = stage.random.between(0, 2_500);
    return {
      target: victim.name,
      describe: `SIGKILL ${victim.name} (${victim.process?.pid}), down for ${downMs} ms`,
      run: () => stage.crew.kill(victim, downMs),
    };
  };
}

function held(role: "api" | "worker", longest: (leaseMs: number) => number): Prepare {
  return (stage) => {
    const victim = member(stage, role);
    const ms = stage.random.between(400, longest(stage.leaseMs));
    return {
      target: victim.name,
      describe: `SIGSTOP ${victim.name} (${victim.process?.pid}) for ${ms} ms`,
      run: () => stage.crew.hold(victim, ms),
    };
  };
}

function mute(server: "postgres" | "redis"): Prepare {
  return ({ servers, random }) => {
    const route = random.pick(servers.routes);
    const ms = random.between(1_000, 6_000);
    return {
      target: `${server} ${route.name}`,
      describe: `half-open sockets to ${server} on route ${route.name} for ${ms} ms`,
      run: () => muted(route[server], ms),
    };
  };
}

async function muted(proxy: TcpProxy, ms: number): Promise<void> {
  proxy.blackhole();
  await sleep(ms);
  proxy.resume();
}

function cut(server: "postgres" | "redis"): Prepare {
  return ({ servers, random }) => {
    const route = random.pick(servers.routes);
    return {
      target: `${server} ${route.name}`,
      describe: `connections to ${server} on route ${route.name} reset`,
      run: async () => route[server].reset(),
    };
  };
}

const kinds: readonly { readonly kind: string; readonly weight: number; readonly prepare: Prepare }[] = [
  { kind: "worker killed", weight: 26, prepare: killed("worker") },
  { kind: "worker held", weight: 14, prepare: held("worker", (leaseMs) => leaseMs * 2) },
  { kind: "API killed", weight: 8, prepare: killed("api") },
  { kind: "API held", weight: 5, prepare: held("api", () => 4_000) },
  {
    kind: "Redis flushed",
    weight: 10,
    prepare: ({ servers }) => ({
      target: "redis",
      describe: "FLUSHALL",
      run: async () => void (await redisCommand(servers.redis.url, "FLUSHALL")),
    }),
  },
  {
    kind: "Redis restarted empty",
    weight: 5,
    prepare: ({ servers }) => ({ target: "redis", describe: "Redis restarted", run: () => servers.redis.restart() }),
  },
  {
    kind: "PostgreSQL crashed",
    weight: 4,
    prepare: ({ servers }) => ({
      target: "postgres",
      describe: "PostgreSQL stopped without a checkpoint and restarted",
      stopsDatabase: true,
      run: async () => {
        process.kill(servers.postgres.pid, "SIGQUIT");
        await servers.postgres.restart();
      },
    }),
  },
  { kind: "PostgreSQL mute", weight: 5, prepare: mute("postgres") },
  { kind: "PostgreSQL connections reset", weight: 5, prepare: cut("postgres") },
  { kind: "Redis mute", weight: 5, prepare: mute("redis") },
  { kind: "Redis connections reset", weight: 5, prepare: cut("redis") },
  {
    kind: "storage answers 503",
    weight: 6,
    prepare: ({ servers: { storage }, random }) => {
      const ms = random.between(500, 4_000);
      return {
        target: "storage",
        describe: `the storage answers 503 for ${ms} ms`,
        run: async () => {
          storage.overloaded = true;
          await sleep(ms);
          storage.overloaded = false;
        },
      };
    },
  },
  {
    kind: "origin broken",
    weight: 6,
    prepare: ({ origin, random }) => {
      const ms = random.between(500, 3_000);
      const faults = random.pick([{ status: 503 }, { cutAfterBytes: 10_000 }, { bytesPerSecond: 20_000 }]);
      return {
        target: "origin",
        describe: `the origin has ${JSON.stringify(faults)} for ${ms} ms`,
        run: async () => {
          setSourceState(origin, faults);
          await sleep(ms);
          setSourceState(origin, null);
        },
      };
    },
  },
];

/** Draws the next fault. */
export function nextStrike(stage: Stage): Strike {
  const { kind, prepare } = weighted(stage.random, kinds);
  return { kind, stopsDatabase: false, ...prepare(stage) };
}
