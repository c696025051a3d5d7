/**
 * Lists and counts of one owner with many jobs, on SQLite and PostgreSQL: texts, labels, states, codes, times, deep pages, and the
 * state of the queue. Prints the median of each question, and what PostgreSQL did for those that took longer than asked for.
 * Usage: bun bench/lists.ts [jobs] [rounds] [ms from which plans are printed]
 */
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { createTestDatabase, startPostgres } from "@vidferry/testing/services";
import postgres from "postgres";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { sqliteStore } from "../core/src/adapters/sql/sqlite/index.ts";
import type { Database, JobQuery } from "../core/src/index.ts";
import { quantile, timed } from "./figures.ts";
import { idOf, known, writeJobs } from "./job-rows.ts";

const many = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 15);
const explainFromMs = Number(process.argv[4] ?? Number.POSITIVE_INFINITY);

await using dir = await tempDir("vidferry-bench-lists");
await using server = await startPostgres({ args: ["-c", "logging_collector=on"] });
await using database = await createTestDatabase(server.url);
const path = join(dir.path, "vidferry.db");
const sqlite = sqliteStore({ path });
const onServer = postgresStore({ url: database.url });
await Promise.all([sqlite.migrate(), onServer.migrate()]);
const filling = await timed(() => writeJobs(path, database.url, many));
console.log(`${many} jobs of one owner written to both in ${filling.toFixed(0)} s`);
const client = postgres(database.url, { max: 1, onnotice: () => undefined });

const { owner } = known;
const now = Date.now();
const minutesAgo = (minutes: number): Date => new Date(now - minutes * 60_000);
const third = Math.ceil(many / 3);
const tenth = Math.ceil(many / 10);
/** The place behind a job, deep in the list. */
const deep = { createdAt: minutesAgo(many - tenth), id: idOf(tenth) };

const lists: Readonly<Record<string, Omit<JobQuery, "owner" | "limit">>> = {
  "first page": {},
  "deep page": { after: deep },
  "one state": { states: ["failed"] },
  "one state, deep": { states: ["failed"], after: deep },
  "two states": { states: ["failed", "succeeded"] },
  "a state that no job is in": { states: ["paused"] },
  "a code of one in 1,200": { codes: ["bot_check"] },
  "a code that no job has": { codes: ["video_private"] },
  "made in a week": { createdAfter: minutesAgo(third), createdBefore: minutesAgo(third - 10_000) },
  "ended in a week": { finishedAfter: minutesAgo(third), finishedBefore: minutesAgo(third - 10_000) },
  "ended in a week, failed": {
    states: ["failed"],
    finishedAfter: minutesAgo(third),
    finishedBefore: minutesAgo(third - 10_000),
  },
  "text of no job, groups of none": { text: "zqxjkvb" },
  "text of no job, words of many": { text: "winter song silver trip thunder walk green house" },
  "text of one character, of none": { text: "猫" },
  "text of five": { text: "xylophone" },
  "text of one in thirty": { text: "thunder trip" },
  "text of most": { text: "youtube" },
  "text of most, deep": { text: "youtube", after: deep },
  "link of no job": { text: known.link(-1) },
  "short link of no job": { text: known.link(-2).replace("www.youtube.com/watch?v=", "youtu.be/") },
  "link of a job, an old one": { text: known.link(third) },
  "link of another site": { text: "https://vimeo.com/channels/staffpicks/76979871" },
  "label of all": { labels: { team: "one" } },
  "label of all, deep": { labels: { team: "one" }, after: deep },
  "label of one in 100": { labels: { campaign: "7" } },
  "label of one": { labels: { customer: "one" } },
  "label of none": { labels: { customer: "two" } },
  "label of the oldest 1,000": { labels: { season: "first" } },
  "label of all and of the oldest 1,000": { labels: { team: "one", season: "first" } },
  "two labels": { labels: { team: "one", campaign: "7" } },
  "label of all, text of five": { labels: { team: "one" }, text: "xylophone" },
  "label of all, ended in a week": {
    labels: { team: "one" },
    finishedAfter: minutesAgo(third),
    finishedBefore: minutesAgo(third - 10_000),
  },
};
const counts: Readonly<Record<string, Omit<JobQuery, "owner" | "limit" | "after">>> = {
  all: {},
  "one state": { states: ["succeeded"] },
  "a label of all": { labels: { team: "one" } },
  "a label of one in 100": { labels: { campaign: "7" } },
  "a text of most": { text: "youtube" },
  "a text of one in thirty": { text: "thunder trip" },
  "a text of five": { text: "xylophone" },
  "a code": { codes: ["network_error"] },
  "made in a week": { createdAfter: minutesAgo(third), createdBefore: minutesAgo(third - 10_000) },
};

/** Every question, by what it is. */
function questions(store: Database): ReadonlyMap<string, () => Promise<unknown>> {
  const all = new Map<string, () => Promise<unknown>>();
  for (const [name, query] of Object.entries(lists))
    all.set(`list: ${name}`, () => store.jobs.list({ owner, limit: 20, ...query }));
  for (const [name, query] of Object.entries(counts))
    all.set(`count: ${name}`, () => store.jobs.count({ owner, ...query }));
  all.set("queue", () => store.queueStates.read(100_000));
  all.set("dead letters", () => store.queueStates.deadLetters({ limit: 20 }));
  return all;
}

const slow: string[] = [];
for (const [name, store] of Object.entries({ SQLite: sqlite, PostgreSQL: onServer })) {
  for (const [question, ask] of questions(store)) {
    const times = [];
    let found: unknown;
    for (let round = 0; round <= rounds; round += 1) {
      const ms = (await timed(async () => (found = await ask()))) * 1_000;
      if (round > 0) times.push(ms);
    }
    const [least, median] = [Math.min(...times), quantile(times, 0.5)];
    const hits = Array.isArray(found) ? `, ${found.length} found` : "";
    console.log(`${name}: ${question}: ${median.toFixed(1)} ms, at least ${least.toFixed(1)} ms${hits}`);
    if (name === "PostgreSQL" && median >= explainFromMs) slow.push(question);
  }
}
await Promise.all([sqlite.close(), onServer.close()]);
for (const question of slow) console.log(`${question}\n${await plansOf(question)}`);
await client.end();

/** What the server did for a question, from its log. */
async function plansOf(question: string): Promise<string> {
  await client`load 'auto_explain'`;
  await client`alter system set session_preload_libraries = 'auto_explain'`;
  for (const setting of ["log_min_duration = 1", "log_analyze = on", "log_buffers = on"])
    await client.unsafe(`alter system set auto_explain.${setting}`);
  await client`select pg_reload_conf()`;
  const [before] = await client<[{ size: string }]>`select size from pg_stat_file(pg_current_logfile())`;
  const store = postgresStore({ url: database.url });
  for (let round = 0; round < 2; round += 1) await questions(store).get(question)?.();
  await store.close();
  const [log] = await client<[{ text: string }]>`
    select pg_read_file(pg_current_logfile(), ${before.size}, 1000000000) as text`;
  return log.text;
}
