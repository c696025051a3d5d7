import { Database as SqliteFile } from "bun:sqlite";
import { createHash } from "node:crypto";
import { finished } from "node:stream/promises";
import postgres from "postgres";

const minuteMs = 60_000;
/** How many jobs are made before they are handed over. */
const atOnce = 10_000;

// Words that share most of their groups of three characters with others, as words of one language do.
const beginnings = ["river", "stone", "green", "light", "winter", "summer", "garden", "silver", "thunder", "morning"];
const endings = ["", "s", "ed", "er", "ing", " song", " story", " walk", " trip", " night", " house", " land"];
const words = beginnings.flatMap((beginning) => endings.map((ending) => beginning + ending));

/** What the jobs have in common, and what few of them have. */
export const known = {
  owner: "ada",
  /** So many jobs have the word "xylophone", spread over the older half. */
  rareJobs: 5,
  /** The newest. */
  queued: 20_000,
  /** The links of the jobs are those of the numbers from 1. */
  link: (number: number): string => `https://www.youtube.com/watch?v=${videoId(number)}`,
  /** By what the results of the jobs are found, of the numbers from 1. */
  reuseKey: (number: number): string => `r1:${createHash("sha256").update(`result ${number}`).digest("hex")}`,
} as const;

type Row = Readonly<Record<string, string | number | Date | null>>;

/**
 * Writes jobs of one owner into the empty tables of a SQLite file and of a PostgreSQL database: one a minute up to now, the newest
 * queued, one in twelve of the others failed. Each has the label `team`, a hundredth the same `campaign`, the oldest
 * a `season`, one a `customer`.
 * Indexes and triggers are taken away meanwhile, and the search is filled in afterwards as a migration does it.
 */
export async function writeJobs(path: string, url: string, many: number): Promise<void> {
  const nowMs = Date.now();
  const [file, server] = [fileWriter(path), await serverWriter(url)];
  for (let first = 1; first <= many; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, many - first + 1) }, (_, index) => first + index);
    const jobs = numbers.map((number) => jobOf(number, many, nowMs));
    const labels = numbers.flatMap((number, index) => labelsOf(number, many, jobs[index] as Row));
    const onServer = server.write(jobs, labels);
    file.write(jobs, labels);
    await onServer;
  }
  const indexing = server.end();
  file.end();
  await indexing;
}

function fileWriter(path: string) {
  const file = new SqliteFile(path);
  file.run("pragma synchronous = off");
  file.run("pragma cache_size = -200000");
  const removed = file
    .query<{ type: string; name: string; sql: string }, []>(
      "select type, name, sql from sqlite_master where tbl_name in ('jobs', 'job_labels') and type in ('index', 'trigger') and sql is not null",
    )
    .all();
  for (const { type, name } of removed) file.run(`drop ${type} ${name}`);
  const insert = (table: string, rows: readonly Row[]): void => {
    const names = Object.keys(rows[0] ?? {});
    const statement = file.prepare(`insert into ${table} (${names}) values (${names.map(() => "?")})`);
    for (const row of rows)
      statement.run(...Object.values(row).map((value) => (value instanceof Date ? value.getTime() : value)));
  };
  return {
    write: file.transaction((jobs: readonly Row[], labels: readonly Row[]) => {
      insert("jobs", jobs);
      insert("job_labels", labels);
    }),
    end: (): void => {
      for (const { sql } of removed) file.run(sql);
      file.run("insert into job_search_rows (job_id) select id from jobs order by id");
      file.close();
    },
  };
}

async function serverWriter(url: string) {
  const client = postgres(url, {
    max: 1,
    onnotice: () => undefined,
    connection: { search_path: "vidferry", session_replication_role: "replica", maintenance_work_mem: "1GB" },
  });
  const removed = await client<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes
    where schemaname = 'vidferry' and tablename in ('jobs', 'job_labels', 'job_search') and indexname not in
      (select conname from pg_constraint)`;
  for (const { name } of removed) await client.unsafe(`drop index ${name}`);
  const copy = async (table: string, rows: readonly Row[]): Promise<void> => {
    const names = Object.keys(rows[0] ?? {}).join(", ");
    const stream = await client.unsafe(`copy ${table} (${names}) from stdin`).writable();
    stream.end(rows.map((row) => `${Object.values(row).map(copied).join("\t")}\n`).join(""));
    await finished(stream);
  };
  return {
    write: async (jobs: readonly Row[], labels: readonly Row[]): Promise<void> => {
      await copy("jobs", jobs);
      await copy("job_labels", labels);
    },
    end: async (): Promise<void> => {
      await client`insert into job_search (job_id, grams) select id, search_grams(owner, search_url, search_title) from jobs`;
      for (const { definition } of removed) await client.unsafe(definition);
      // As autovacuum does it within a minute of so many writes.
      await client`vacuum analyze`;
      await client.end();
    },
  };
}

function copied(value: Row[string]): string {
  if (value === null) return "\\N";
  return value instanceof Date ? value.toISOString() : String(value).replaceAll("\\", "\\\\");
}

function jobOf(number: number, many: number, nowMs: number): Row {
  const url = known.link(number);
  const title = titleOf(number, many);
  const isQueued = number > many - known.queued;
  const hasFailed = !isQueued && number % 12 === 0;
  const createdAt = new Date(nowMs - (many - number) * minuteMs);
  const after = (ms: number): Date | null => (isQueued ? null : new Date(createdAt.getTime() + ms));
  const error = { code: number % 1_200 === 0 ? "bot_check" : "network_error", detail: "d", hint: "h", retryable: true };
  const media = { title, duration: 212, uploader: "someone", description: `${title} `.repeat(4) };
  return {
    ...{ id: idOf(number), owner: known.owner, state: isQueued ? "queued" : hasFailed ? "failed" : "succeeded" },
    schema_version: 1,
    request: JSON.stringify({ url, output: { type: "video", container: "mp4", maxHeight: 1080 } }),
    progress: JSON.stringify({ percent: isQueued ? null : 100 }),
    media: isQueued ? null : JSON.stringify(media),
    reuse_key: known.reuseKey(number),
    ...{
      artifacts: "[]",
      artifact_count: isQueued || hasFailed ? 0 : 1,
      warnings: "[]",
      error: hasFailed ? JSON.stringify(error) : null,
    },
    labels: JSON.stringify(labelled(number, many)),
    ...{ attempt: isQueued ? 0 : 1, failures: hasFailed ? 1 : 0, lost_workers: 0, alone: 0, max_attempts: 3 },
    ...{ priority: "normal", rank: createdAt, offered_at: createdAt },
    ...{ search_url: url.toLowerCase(), search_title: isQueued ? "" : title },
    ...{ created_at: createdAt, updated_at: createdAt, started_at: after(500), finished_at: after(20_000) },
  };
}

/** The id of the job of this number. */
export const idOf = (number: number) => `job_${number.toString(16).padStart(32, "0")}` as const;

const labelled = (number: number, many: number): Readonly<Record<string, string>> => ({
  team: "one",
  campaign: String(number % 100),
  ...(number === Math.ceil(many / 3) && { customer: "one" }),
  ...(number <= 1_000 && { season: "first" }),
});

function labelsOf(number: number, many: number, { id, owner, created_at }: Row): readonly Row[] {
  const labels = Object.entries(labelled(number, many));
  return labels.map(([name, value]) => ({
    ...{ job_id: id ?? null, name, value },
    ...{ owner: owner ?? null, created_at: created_at ?? null },
  }));
}

function titleOf(number: number, many: number): string {
  const digest = createHash("md5").update(`title ${number}`).digest();
  const some = [0, 2, 4, 6].map((at) => words[digest.readUInt16BE(at) % words.length]);
  const every = Math.floor(many / 2 / known.rareJobs);
  return `${some.join(" ")}${number <= many / 2 && number % every === 0 ? " xylophone" : ""}`;
}

const videoId = (number: number): string =>
  createHash("md5").update(`video ${number}`).digest("base64url").slice(0, 11);
