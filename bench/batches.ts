/**
 * Batches on SQLite and PostgreSQL: how long the API takes to accept 1,000 links, how many jobs a second are made of a list beside the
 * source's own time (here none), against as many jobs created without a batch, and the memory of a process that does it. Beside the time
 * that passed stands the processor time of this process, which other load changes less.
 * Usage: bun bench/batches.ts [entries] [rounds]
 */
import { join } from "node:path";
import { createServiceFixture, tempDir } from "@vidferry/testing";
import { createTestDatabase, useService } from "@vidferry/testing/services";
import { createApp } from "../api/src/app.ts";
import { createOpenAuth } from "../api/src/auth/auth.ts";
import { type ApiConfig, defaultApiConfig } from "../api/src/config.ts";
import { createService } from "../api/src/create-service.ts";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { sqliteStore } from "../core/src/adapters/sql/sqlite/index.ts";
import {
  BatchRequest,
  createBatch,
  type Database,
  defaultHostPolicy,
  expandBatch,
  localOwner,
  type ProbeLink,
  readRequest,
  type ServiceDeps,
} from "../core/src/index.ts";
import { median, timed } from "./figures.ts";
import { watchMemory } from "./memory.ts";
import { processorSeconds } from "./processor.ts";

const many = Number(process.argv[2] ?? 5_000);
const rounds = Number(process.argv[3] ?? 5);
const policy = { hosts: defaultHostPolicy, maxAttempts: 3 };
const linkOf = (number: number): string => `https://www.youtube.com/watch?v=v${String(number).padStart(10, "0")}`;
const links = Array.from({ length: 1_000 }, (_, number) => linkOf(number));

/** A list that costs no time, with entries as long as those of YouTube. */
const probe: ProbeLink = async (url, { offset = 0, limit = 100 }) => ({
  ...{ kind: "playlist", id: "PL", title: "A list", channel: "A channel", webpageUrl: url, count: many },
  entries: Array.from({ length: Math.max(0, Math.min(limit, many - offset)) }, (_, index) => ({
    ...{ kind: "video" as const, id: `v${offset + index}`, url: linkOf(offset + index), durationSeconds: 600 },
    ...{ title: `A title of the usual length, with its number ${offset + index}`, uploadedAt: null, unavailable: null },
  })),
  nextCursor: offset + limit < many ? String(offset + limit) : null,
});

await using dir = await tempDir("vidferry-bench-batches");
await using server = await createTestDatabase(await useService("postgres"));
const stores: Readonly<Record<string, Database & { migrate(): Promise<unknown> }>> = {
  SQLite: sqliteStore({ path: join(dir.path, "vidferry.db") }),
  PostgreSQL: postgresStore({ url: server.url, maxConnections: 10 }),
};

for (const [name, store] of Object.entries(stores)) {
  await store.migrate();
  await using fixture = await createServiceFixture({}, { database: store });
  const { deps } = fixture;
  const accepted = await accept(deps);
  const [passed, used] = [median(accepted.map((cost) => cost.passed)), median(accepted.map((cost) => cost.used))];
  console.log(
    `${name}: a batch of 1,000 links accepted in ${(passed * 1_000).toFixed(0)} ms, ${(used * 1_000).toFixed(0)} ms of processor (goal: < 300)`,
  );
  const memory = watchMemory(process.pid);
  const costs = { list: [] as Cost[], plain: [] as Cost[] };
  for (let round = 0; round < rounds; round += 1) {
    costs.list.push(await costOf(() => expand(deps)));
    costs.plain.push(await costOf(() => create(deps)));
  }
  const { least, most } = memory.stop();
  const rate = (of: readonly Cost[], kind: keyof Cost): number => many / median(of.map((cost) => cost[kind]));
  for (const [kind, what] of [
    ["passed", "a second"],
    ["used", "a second of processor"],
  ] as const) {
    const [ofList, bare] = [rate(costs.list, kind), rate(costs.plain, kind)];
    console.log(
      `${name}: ${ofList.toFixed(0)} jobs ${what} of a list of ${many} entries (goal: at least 500 a second), ${bare.toFixed(0)} without a batch: ${(ofList / bare).toFixed(2)} ×`,
    );
  }
  const mebibytes = (bytes: number) => (bytes / 1024 ** 2).toFixed(0);
  console.log(
    `${name}: memory ${mebibytes(most)} MiB, of which ${mebibytes(most - least)} for the lists (goal: < 150)`,
  );
}

/** What something took, in seconds: until it was done, and of this process's processor time. */
interface Cost {
  readonly passed: number;
  readonly used: number;
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const before = processorSeconds(process.pid);
  const passed = await timed(work);
  return { passed, used: processorSeconds(process.pid) - before };
}

/** What each `POST /batches` of 1,000 links took. */
async function accept(deps: ServiceDeps): Promise<readonly Cost[]> {
  const service = createService(deps, { ...policy, linkSeconds: 60, probe });
  const config: ApiConfig = { ...defaultApiConfig, unknownCallers: "admit" };
  const app = createApp({ service, auth: createOpenAuth(), config, logger: deps.logger });
  const costs = [];
  for (let round = 0; round <= rounds; round += 1) {
    const body = JSON.stringify({ urls: links });
    const headers = { "content-type": "application/json" };
    const cost = await costOf(async () => {
      const answer = await app.request("/api/v1/batches", { method: "POST", headers, body });
      if (answer.status !== 202) throw new Error(await answer.text());
      await answer.arrayBuffer();
    });
    if (round > 0) costs.push(cost);
  }
  for (let batch = await deps.database.batches.claim(60_000); batch !== null; ) {
    await deps.database.batches.cancel(batch.id, null);
    batch = await deps.database.batches.claim(60_000);
  }
  return costs;
}

/** Makes a batch of the list and all its jobs. */
async function expand(deps: ServiceDeps): Promise<void> {
  const request = BatchRequest.parse({ source: { url: "https://www.youtube.com/playlist?list=PLsample00000000" } });
  await createBatch(deps, policy, { owner: localOwner, request, requestId: null });
  const batch = await deps.database.batches.claim(60_000);
  if (batch === null) throw new Error("there is no batch to expand");
  const { signal } = new AbortController();
  await expandBatch(deps, batch, { leaseMs: 60_000, hosts: defaultHostPolicy, probe, signal });
  const { state, counts } = (await deps.database.batches.get(batch.id, null)) ?? batch;
  if (state !== "running" || counts.total !== many) throw new Error(`${state}, ${counts.total} jobs`);
}

/** As many jobs, as they are created alone. */
async function create({ database, ids }: ServiceDeps): Promise<void> {
  for (let from = 0; from < many; from += 250) {
    const jobs = Array.from({ length: Math.min(250, many - from) }, (_, index) => {
      const request = readRequest({ url: linkOf(from + index) });
      const { priority, labels } = request;
      return {
        ...{ id: ids.next("job"), owner: localOwner, request, priority, labels, maxAttempts: 3, scheduledFor: null },
        ...{ requestId: null, traceparent: null, idempotency: null },
      };
    });
    await database.jobs.createAll(jobs);
  }
}
