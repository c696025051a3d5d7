import { and, asc, desc, eq, gte, inArray, ne, not, or, type SQL, sql } from "drizzle-orm";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableText, storableTime } from "../../../jobs/rules/storable.ts";
import { jobMoves } from "../../../jobs/states.ts";
import type { KeptQuery, Reuse, SameResult } from "../../../library/reuse.ts";
import { inTransaction } from "./admit-jobs.ts";
import { allows, idle } from "./changes.ts";
import { hasArtifacts, hasJoined, hasNotJoined, isShareable, stateIn } from "./conditions.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import { endJobs, updateJobs } from "./update-jobs.ts";

/** What jobs have of each other, over SQL: one implementation for both dialects. */
export function createSqlReuse(open: OpenConnection): Reuse {
  return {
    mediaOf: async (owner, linkKey, maxAgeMs) => {
      const connection = await open();
      const [row] = await connection.read((db) => resolvedLinks(db, connection, { owner, linkKey, maxAgeMs }));
      return row?.media ?? null;
    },

    kept: async (query) => {
      const connection = await open();
      const own = await connection.read((db) => keptResults(db, connection, query));
      if (query.scope === "owner" || own.length >= query.limit) return own.map(toJob);
      const others = await connection.read((db) => sharedResults(db, connection, query));
      return [...own, ...others].slice(0, query.limit).map(toJob);
    },

    finish: async ({ jobId, attempt }, result) => {
      const connection = await open();
      const { schema, time } = connection;
      const { jobs, blobs } = schema;
      const { artifacts, progress, media, warnings, engine, retentionMs, reusedFrom } = result;
      // In the order of every lock of blobs. Held, none of them can be let go before this job references it.
      const keys = [...new Set(artifacts.map(({ storageKey }) => storageKey))].sort();
      return await connection.transaction(async (db) => {
        const kept = db.select({ key: blobs.key }).from(blobs).where(inArray(blobs.key, keys)).orderBy(asc(blobs.key));
        if ((await connection.lock(kept, "wait")).length < keys.length) return null;
        const isAsSaid = attempt === null ? stateIn(["queued"]) : and(eq(jobs.attempt, attempt), allows("succeed"));
        const changes = {
          ...idle,
          state: jobMoves.succeed.to,
          artifacts,
          artifactCount: artifacts.length,
          progress,
          warnings,
          ...(media && { media, searchTitle: searchText(media.title) }),
          ...(engine && { engine }),
          error: null,
          nextAttemptAt: null,
          reusedFrom,
          // Who looks for this result finds the job that made it, and how old it is.
          reuseKey: null,
          finishedAt: time.now(),
          expiresAt: retentionMs === null ? null : time.plus(time.now(), retentionMs),
        };
        const [job] = await endJobs(inTransaction(connection, db), changes, and(eq(jobs.id, jobId), isAsSaid));
        return job ?? null;
      });
    },

    join: async ({ jobId, attempt }, { owner, key }, longestMs) => {
      const connection = await open();
      const { time } = connection;
      const { jobs } = connection.schema;
      return await connection.transaction(async (db) => {
        // All of them, in one order: of several that would wait for each other, the last one sees that no other runs.
        const same = and(ofResult(connection, { owner, key }), stateIn(["running"]));
        const running = db
          .select({ id: jobs.id, attempt: jobs.attempt })
          .from(jobs)
          .where(or(and(eq(jobs.id, jobId), stateIn(["running"])), same))
          .orderBy(asc(jobs.id));
        const rows = await connection.lock(running, "wait");
        const isHeld = rows.some((row) => row.id === jobId && row.attempt === attempt);
        if (!isHeld || !rows.some(({ id }) => id !== jobId)) return null;
        const until = time.plus(time.now(), longestMs);
        const changes = {
          ...idle,
          state: jobMoves.requeue.to,
          nextAttemptAt: until,
          offeredAt: until,
          joinedAt: time.now(),
          reuseKey: storableText(key),
          error: null,
        };
        const [job] = await updateJobs(inTransaction(connection, db), changes, eq(jobs.id, jobId));
        return job ?? null;
      });
    },

    waiting: async (of, limit) => {
      const connection = await open();
      return (await connection.read((db) => waitingJobs(db, connection, of, limit))).map(toJob);
    },

    wake: async (of) => {
      const connection = await open();
      const { schema, time } = connection;
      const { jobs } = schema;
      const rows = await connection.write((db) => {
        const first = db
          .select({ id: jobs.id })
          .from(jobs)
          .where(and(ofResult(connection, of), stateIn(["queued"]), hasJoined, not(isAbout(db, connection, of))))
          .orderBy(asc(jobs.rank), asc(jobs.id))
          .limit(1);
        const picked = db.$with("picked").as(connection.lock(first, "skip"));
        return db
          .with(picked)
          .update(jobs)
          .set({ nextAttemptAt: null, joinedAt: null, offeredAt: time.now(), updatedAt: time.now() })
          .where(inArray(jobs.id, db.select({ id: picked.id }).from(picked)))
          .returning();
      });
      return rows.map(toJob)[0] ?? null;
    },

    stranded: async (limit) => {
      const connection = await open();
      const rows = await connection.read((db) => strandedResults(db, connection, limit));
      return rows.flatMap(({ owner, key }) => (key === null ? [] : { owner, key }));
    },
  };
}

/** The jobs of an owner with a link that have found something there, the newest first. */
export function resolvedLinks(
  db: QueryBuilder,
  { schema: { jobs }, time }: SqlConnection,
  { owner, linkKey, maxAgeMs }: { readonly owner: string; readonly linkKey: string; readonly maxAgeMs: number },
) {
  return db
    .select({ media: jobs.media })
    .from(jobs)
    .where(
      and(
        eq(jobs.owner, storableText(owner)),
        eq(jobs.linkKey, storableText(linkKey)),
        gte(jobs.createdAt, time.plus(time.now(), -maxAgeMs)),
        sql`${jobs.media} is not null`,
      ),
    )
    .orderBy(desc(jobs.createdAt))
    .limit(1);
}

/** The owner's own kept results. */
export function keptResults(db: QueryBuilder, connection: SqlConnection, query: KeptQuery) {
  const { jobs } = connection.schema;
  return db
    .select()
    .from(jobs)
    .where(and(ofResult(connection, query), isKept(connection, query)))
    .orderBy(desc(jobs.finishedAt))
    .limit(query.limit);
}

/** Kept results of other owners that anybody may have. */
export function sharedResults(db: QueryBuilder, connection: SqlConnection, query: KeptQuery) {
  const { jobs } = connection.schema;
  const isAnothers = ne(jobs.owner, storableText(query.owner));
  return db
    .select()
    .from(jobs)
    .where(and(eq(jobs.reuseKey, storableText(query.key)), isShareable, isAnothers, isKept(connection, query)))
    .orderBy(desc(jobs.finishedAt))
    .limit(query.limit);
}

function isKept({ schema: { jobs }, time }: SqlConnection, { maxAgeMs, since }: KeptQuery): SQL | undefined {
  return and(
    stateIn(["succeeded"]),
    hasArtifacts,
    gte(jobs.finishedAt, time.plus(time.now(), -maxAgeMs)),
    since === null ? undefined : gte(jobs.finishedAt, storableTime(since)),
    sql`(${jobs.expiresAt} is null or ${jobs.expiresAt} > ${time.now()})`,
  );
}

function ofResult({ schema: { jobs } }: SqlConnection, { owner, key }: SameResult): SQL | undefined {
  return and(eq(jobs.owner, storableText(owner)), eq(jobs.reuseKey, storableText(key)));
}

/** The owner's queued jobs for a result. */
export function waitingJobs(db: QueryBuilder, connection: SqlConnection, of: SameResult, limit: number) {
  const { jobs } = connection.schema;
  return db
    .select()
    .from(jobs)
    .where(and(ofResult(connection, of), stateIn(["queued"])))
    .orderBy(asc(jobs.rank), asc(jobs.id))
    .limit(limit);
}

/** That a job for the result runs, or is about to. */
function isAbout(db: QueryBuilder, connection: SqlConnection, of: SameResult): SQL {
  const { jobs } = connection.schema;
  const isActive = or(stateIn(["running"]), and(stateIn(["queued"]), hasNotJoined));
  const active = db
    .select({ one: sql`1` })
    .from(jobs)
    .where(and(ofResult(connection, of), isActive));
  return sql`exists ${active}`;
}

/** Results that jobs have joined for, and that nobody makes. */
export function strandedResults(db: QueryBuilder, { schema: { jobs } }: SqlConnection, limit: number) {
  const isActive = sql`exists (select 1 from ${jobs} as other where other.owner = ${jobs.owner} and other.reuse_key = ${jobs.reuseKey}
    and (other.state = 'running' or (other.state = 'queued' and other.joined_at is null)))`;
  return db
    .selectDistinct({ owner: jobs.owner, key: jobs.reuseKey })
    .from(jobs)
    .where(and(hasJoined, stateIn(["queued"]), not(isActive)))
    .limit(limit);
}
