import { setTimeout as sleep } from "node:timers/promises";
import type { TcpProxy } from "@vidferry/testing";
import postgres from "postgres";
import { redisCommand } from "../../cli/e2e/fleet/redis-command.ts";
import { ofEgresses } from "./egress-faults.ts";
import type { FaultKind, Prepare, Stage, Strike } from "./fault-kind.ts";
import { weighted } from "./random.ts";
import type { ChaosServers, Route } from "./servers.ts";
import { setSourceState } from "./source-state.ts";

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

/** The way of a half of the fleet to a server that the run has. */
function proxyOf(route: Route, server: "postgres" | "redis"): TcpProxy {
  const proxy = route[server];
  if (proxy === null) throw new Error("this run has no Redis");
  return proxy;
}

function mute(server: "postgres" | "redis"): Prepare {
  return ({ servers, random }) => {
    const route = random.pick(servers.routes);
    const ms = random.between(1_000, 6_000);
    return {
      // One half of the fleet at a time: without both the server is away for everybody, which is a fault of its own.
      target: `${server} mute`,
      describe: `half-open sockets to ${server} on route ${route.name} for ${ms} ms`,
      run: () => muted(proxyOf(route, server), ms),
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
      run: async () => proxyOf(route, server).reset(),
    };
  };
}

const ofProcesses: readonly FaultKind[] = [
  { kind: "worker killed", weight: 26, prepare: killed("worker") },
  { kind: "worker held", weight: 14, prepare: held("worker", (leaseMs) => leaseMs * 2) },
  { kind: "API killed", weight: 8, prepare: killed("api") },
  { kind: "API held", weight: 5, prepare: held("api", () => 4_000) },
];

const ofRedis: readonly FaultKind[] = [
  {
    kind: "Redis flushed",
    weight: 10,
    prepare: ({ servers }) => ({
      target: "redis",
      describe: "FLUSHALL",
      run: async () => void (await redisCommand(servers.redis?.url ?? "", "FLUSHALL")),
    }),
  },
  {
    kind: "Redis restarted empty",
    weight: 5,
    prepare: ({ servers }) => ({
      target: "redis",
      describe: "Redis restarted",
      run: async () => servers.redis?.restart(),
    }),
  },
];

const ofRedisNetwork: readonly FaultKind[] = [
  { kind: "Redis mute", weight: 5, prepare: mute("redis") },
  { kind: "Redis connections reset", weight: 5, prepare: cut("redis") },
];

/** Instead of them where the database carries the messages. */
const ofMessages: readonly FaultKind[] = [
  {
    kind: "listening connections ended",
    weight: 15,
    prepare: ({ servers }) => ({
      target: "listeners",
      describe: "PostgreSQL ends every connection that listens",
      run: () =>
        onPostgres(
          servers,
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'vidferry-listener'",
        ),
    }),
  },
  {
    kind: "event logs emptied",
    weight: 10,
    prepare: ({ servers }) => ({
      target: "event logs",
      describe: "the logs of events lose everything",
      run: () =>
        onPostgres(
          servers,
          "delete from vidferry.event_log; delete from vidferry.event_topics; delete from vidferry.event_attempts",
        ),
    }),
  },
];

const ofDatabase: readonly FaultKind[] = [
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
];

const ofStorageAndSource: readonly FaultKind[] = [
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

/** The faults of a run, always in one order, so that a seed repeats it. */
const kindsOf = ({ redis }: ChaosServers): readonly FaultKind[] => [
  ...ofProcesses,
  ...(redis === null ? ofMessages : ofRedis),
  ...ofDatabase,
  ...(redis === null ? [] : ofRedisNetwork),
  ...ofStorageAndSource,
  ...ofEgresses,
];

/** While the server is away there is nothing to end or to empty. */
async function onPostgres(servers: ChaosServers, statements: string): Promise<void> {
  const client = postgres(servers.postgres.url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  await client.unsafe(statements).catch(() => undefined);
  await client.end({ timeout: 1 });
}

/** Draws the next fault. */
export function nextStrike(stage: Stage): Strike {
  const { kind, prepare } = weighted(stage.random, kindsOf(stage.servers));
  return { kind, stopsDatabase: false, ...prepare(stage) };
}
