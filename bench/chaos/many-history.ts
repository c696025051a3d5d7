import postgres from "postgres";

/** A batch as it is at the end. */
export interface FinalBatch {
  readonly id: string;
  readonly owner: string;
  readonly state: string;
  readonly schedule: string | null;
  readonly error: string | null;
}

/** A run of a schedule, as the database saw it. */
export interface ScheduleRun {
  readonly schedule: string;
  readonly due: Date;
  readonly ran: Date;
  readonly next: Date | null;
  readonly state: string;
  readonly job: string | null;
  readonly batch: string | null;
  readonly error: string | null;
}

/** When a schedule was made, and when it is to run if it does so once. */
export interface MadeSchedule {
  readonly id: string;
  readonly createdAt: Date;
  readonly runAt: Date | null;
}

/** What the database knows of batches, schedules and egresses: the runs are noted by a trigger. */
export interface ManyHistory extends AsyncDisposable {
  /** Jobs that have not ended and batches that were not read to their end, without those that wait for an egress. */
  busy(): Promise<number>;
  /** Jobs and batches that wait for an egress. */
  waiting(): Promise<number>;
  /** Batches that are not over: one is a moment after the last of its jobs, and only then tells its owner. */
  openBatches(): Promise<number>;
  batches(): Promise<readonly FinalBatch[]>;
  schedules(): Promise<readonly MadeSchedule[]>;
  runs(): Promise<readonly ScheduleRun[]>;
  /** Schedules whose next run is due. */
  due(): Promise<number>;
  /** How often each egress was used in all minutes that it still counts. */
  uses(): Promise<ReadonlyMap<string, number>>;
}

/** Installs the trigger. The schema must exist. */
export async function startManyHistory(databaseUrl: string): Promise<ManyHistory> {
  const connection = { search_path: "vidferry" };
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined, connect_timeout: 5, connection });
  await sql.unsafe(`
    create table chaos_runs (
      seq bigserial primary key, schedule text not null, due timestamptz, ran timestamptz not null, next timestamptz,
      state text not null, result jsonb
    );
    create function chaos_run() returns trigger language plpgsql as $$ begin
      insert into chaos_runs (schedule, due, ran, next, state, result)
      values (new.id, new.last_due_at, new.last_run_at, new.next_run_at, new.state, new.last_result::jsonb);
      return null;
    end $$;
    create trigger chaos_run after update on schedules for each row
      when (new.last_run_at is distinct from old.last_run_at) execute function chaos_run();
  `);
  const waits = "state = 'queued' and waiting->>'reason' = 'egress'";
  const waitingBatches = "state = 'expanding' and error->>'code' = 'unavailable'";
  const over = "('succeeded', 'failed', 'canceled', 'finished')";
  const count = async (statement: string): Promise<number> => Number((await sql.unsafe(statement))[0]?.["count"]);
  return {
    busy: () =>
      count(`select (select count(*) from jobs where state not in ${over} and (${waits}) is not true)
        + (select count(*) from batches where state = 'expanding' and (${waitingBatches}) is not true) as count`),
    waiting: () =>
      count(`select (select count(*) from jobs where ${waits})
        + (select count(*) from batches where ${waitingBatches}) as count`),
    openBatches: () => count("select count(*) from batches where state in ('expanding', 'running')"),
    batches: async () =>
      await sql<FinalBatch[]>`
        select id, owner, state, schedule_id as schedule, error->>'code' as error from batches order by id`,
    schedules: async () =>
      await sql<MadeSchedule[]>`select id, created_at as "createdAt", run_at as "runAt" from schedules order by id`,
    runs: async () =>
      await sql<ScheduleRun[]>`
        select schedule, due, ran, next, state, result->>'jobId' as job, result->>'batchId' as batch,
          result->'error'->>'code' as error
        from chaos_runs order by seq`,
    due: () => count("select count(*) from schedules where state = 'active' and next_run_at <= now()"),
    uses: async () => {
      const rows = await sql<{ name: string; uses: [number, number][] }[]>`
        select name, condition->'uses' as uses from egresses`;
      return new Map(rows.map(({ name, uses }) => [name, uses.reduce((sum, [, times]) => sum + times, 0)]));
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }),
  };
}
