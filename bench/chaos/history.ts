import postgres from "postgres";
import type { DeliveryRow } from "./tenant-checks.ts";

/** One write to a job, as the database saw it. */
export interface HistoryRow {
  readonly at: Date;
  readonly job: string;
  readonly state: string;
  readonly stage: string | null;
  readonly attempt: number;
  readonly worker: string | null;
  readonly leaseUntil: Date | null;
  readonly lostWorkers: number;
}

/** A job as it is at the end. */
export interface FinalJob {
  readonly id: string;
  /** Null: a batch or a schedule has made it. */
  readonly key: string | null;
  readonly url: string;
  readonly batch: string | null;
  readonly schedule: string | null;
  readonly owner: string;
  readonly state: string;
  readonly attempt: number;
  readonly errorCode: string | null;
  readonly artifacts: readonly { readonly storageKey: string; readonly bytes: number; readonly sha256: string }[];
}

/** The history of all jobs: every write, recorded by a trigger, so that nothing is missed between two polls. */
export interface History extends AsyncDisposable {
  /** Number of unfinished jobs, of all or of one owner. Waits while the database is unreachable. */
  unfinished(owner?: string): Promise<number>;
  /** Every write, in order. */
  rows(): Promise<readonly HistoryRow[]>;
  jobs(): Promise<readonly FinalJob[]>;
  deliveries(): Promise<readonly DeliveryRow[]>;
  /** Lets the pauses of the deliveries that wait pass. */
  hastenDeliveries(): Promise<void>;
}

/** Installs the trigger. The schema must exist. */
export async function startHistory(databaseUrl: string): Promise<History> {
  const connection = { search_path: "vidferry" };
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined, connect_timeout: 5, connection });
  await sql.unsafe(`
    create table chaos_history (
      seq bigserial primary key, at timestamptz not null, job text not null, state text not null, stage text, attempt int not null,
      worker text, lease_until timestamptz, lost_workers int not null
    );
    create function chaos_note() returns trigger language plpgsql as $$ begin
      insert into chaos_history (at, job, state, stage, attempt, worker, lease_until, lost_workers)
      values (clock_timestamp(), new.id, new.state, new.stage, new.attempt, new.worker, new.lease_until, new.lost_workers);
      return null;
    end $$;
    create trigger chaos_note after insert or update on jobs for each row execute function chaos_note();
  `);
  return {
    unfinished: async (owner) => {
      const [row] = await sql`
        select count(*)::int as count from jobs
        where state not in ('succeeded', 'failed', 'canceled') and owner = coalesce(${owner ?? null}, owner)`;
      return Number(row?.["count"]);
    },
    rows: async () =>
      await sql<HistoryRow[]>`
        select at, job, state, stage, attempt, worker, lease_until as "leaseUntil", lost_workers as "lostWorkers"
        from chaos_history order by seq`,
    jobs: async () =>
      await sql<FinalJob[]>`
        select id, idempotency_key as key, request->>'url' as url, batch_id as batch, schedule_id as schedule, owner, state,
          attempt, error->>'code' as "errorCode", artifacts
        from jobs order by id`,
    deliveries: async () =>
      await sql<DeliveryRow[]>`select id, owner, job_id as job, type, state from webhook_deliveries order by id`,
    hastenDeliveries: async () => {
      await sql`update webhook_deliveries set due_at = now() where state = 'pending' and due_at > now()`;
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }),
  };
}
