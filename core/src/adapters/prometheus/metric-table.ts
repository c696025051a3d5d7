import { errorCodeNames } from "../../errors/codes.ts";
import { JobStage, JobState } from "../../jobs/states.ts";

/** One metric: what it measures, and by which labels. `docs/observability.md` is compared with this table. */
export interface Metric {
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence, without a line break. */
  readonly help: string;
  /** Each label, and its values where they are known before; null: they are bounded as they come. */
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
  /** Of a histogram: upper bounds. */
  readonly buckets?: readonly number[];
  /** Who has it: processes that answer requests, those that run jobs, or all. */
  readonly of: "api" | "worker" | "all";
}

const answers = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const jobs = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400];
const waits = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];
const steps = [0.1, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3_600, 14_400];

const states = JobState.options;
const stages = JobStage.options;
const lanes = ["high", "normal", "low"];
const codes = errorCodeNames;

/** The values that a label has besides its known ones. */
export const other = "other";

/** Every metric of the service, by name. Names and labels are public: they are added to, never renamed. */
export const metricTable = {
  vidferry_build_info: {
    type: "gauge",
    help: "The version of this process; always 1.",
    labels: { version: null },
    of: "all",
  },
  vidferry_http_request_duration_seconds: {
    type: "histogram",
    help: "Requests to the API, until the head of their answer.",
    labels: {
      method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", other],
      route: null,
      status: null,
    },
    buckets: answers,
    of: "api",
  },
  vidferry_sse_streams: {
    type: "gauge",
    help: "Event streams and WebSockets that are open.",
    labels: {},
    of: "api",
  },
  vidferry_jobs: {
    type: "gauge",
    help: "Jobs by state, at most 10,000 of each are counted. Every API process reports those of the whole service.",
    labels: { state: states },
    of: "api",
  },
  vidferry_queue_depth: {
    type: "gauge",
    help: "Jobs that a free worker would take, by lane. Every API process reports those of the whole service.",
    labels: { lane: lanes },
    of: "api",
  },
  vidferry_queue_oldest_age_seconds: {
    type: "gauge",
    help: "How long the job that waits longest has been due, by lane; 0 when none waits. Every API process reports it.",
    labels: { lane: lanes },
    of: "api",
  },
  vidferry_queue_waiting: {
    type: "gauge",
    help: "Jobs that wait for something else than a worker, by what that is. Every API process reports it.",
    labels: { reason: ["schedule", "retry", "egress", "live", "quota", "fair_share", "reuse"] },
    of: "api",
  },
  vidferry_stored_bytes: {
    type: "gauge",
    help: "Bytes of all results that are kept. Every API process reports those of the whole service.",
    labels: {},
    of: "api",
  },
  vidferry_state_age_seconds: {
    type: "gauge",
    help: "How old the numbers are that this process has read from the database for its metrics.",
    labels: {},
    of: "api",
  },
  vidferry_job_duration_seconds: {
    type: "histogram",
    help: "How long jobs that are over had run, pauses between attempts included.",
    labels: { outcome: ["succeeded", "failed", "canceled"] },
    buckets: jobs,
    of: "all",
  },
  vidferry_job_failures_total: {
    type: "counter",
    help: "Jobs that failed, by the code of their error.",
    labels: { code: codes },
    of: "all",
  },
  vidferry_worker_lost_total: {
    type: "counter",
    help: "Jobs whose worker was lost.",
    labels: {},
    of: "all",
  },
  vidferry_queue_wait_seconds: {
    type: "histogram",
    help: "How long jobs were due before their first attempt.",
    labels: {},
    buckets: waits,
    of: "worker",
  },
  vidferry_job_attempts_total: {
    type: "counter",
    help: "Attempts that have ended, by how.",
    labels: {
      outcome: ["succeeded", "failed", "retried", "handed_back", "joined", "deferred", "superseded", "unrecorded"],
    },
    of: "worker",
  },
  vidferry_looks_total: {
    type: "counter",
    help: "Looks at links, for jobs and for probes, by whether the source was asked, was being asked for another one, or its answer was kept.",
    labels: { purpose: ["attempt", "probe"], how: ["asked", "joined", "kept"] },
    of: "all",
  },
  vidferry_jobs_reused_total: {
    type: "counter",
    help: "Jobs that got the files of another one: kept ones, or those of a job that they had waited for.",
    labels: { how: ["kept", "joined"] },
    of: "all",
  },
  vidferry_attempt_errors_total: {
    type: "counter",
    help: "Attempts that failed, also where another one followed, by the code of the error.",
    labels: { code: codes },
    of: "worker",
  },
  vidferry_job_stage_seconds: {
    type: "histogram",
    help: "How long attempts were in a stage.",
    labels: { stage: stages },
    buckets: steps,
    of: "worker",
  },
  vidferry_step_duration_seconds: {
    type: "histogram",
    help: "How long steps of attempts took; those of a stage run side by side.",
    labels: { step: null },
    buckets: steps,
    of: "worker",
  },
  vidferry_child_duration_seconds: {
    type: "histogram",
    help: "How long programs ran, and whether they succeeded, failed, or were stopped.",
    labels: { program: ["yt-dlp", "ffmpeg", "ffprobe", other], outcome: ["succeeded", "failed", "stopped"] },
    buckets: steps,
    of: "worker",
  },
  vidferry_claim_duration_seconds: {
    type: "histogram",
    help: "How long the store took to say which jobs a worker runs next.",
    labels: {},
    buckets: answers,
    of: "worker",
  },
  vidferry_worker_jobs_running: {
    type: "gauge",
    help: "Attempts that run in this process.",
    labels: {},
    of: "worker",
  },
  vidferry_worker_concurrency: {
    type: "gauge",
    help: "Attempts that this process may run at once.",
    labels: {},
    of: "worker",
  },
  vidferry_work_disk_free_bytes: {
    type: "gauge",
    help: "Free space on the disk of WORK_DIR.",
    labels: {},
    of: "worker",
  },
  vidferry_work_disk_reserve_bytes: {
    type: "gauge",
    help: "Space on the disk of WORK_DIR without which no jobs are taken (MIN_FREE_BYTES).",
    labels: {},
    of: "worker",
  },
  vidferry_fenced_writes_total: {
    type: "counter",
    help: "Ends of attempts that were not written, because the job was no longer theirs.",
    labels: {},
    of: "worker",
  },
  vidferry_downloaded_bytes_total: {
    type: "counter",
    help: "Bytes of media that attempts had fetched; what an attempt continues counts again.",
    labels: {},
    of: "worker",
  },
  vidferry_egress_state: {
    type: "gauge",
    help: "1 for the state that an egress is in, 0 for the others.",
    labels: { egress: null, state: ["ready", "cooling", "blocked", "disabled"] },
    of: "all",
  },
  vidferry_egress_used_this_hour: {
    type: "gauge",
    help: "How often an egress was used in the last hour. Every process reports it.",
    labels: { egress: null },
    of: "all",
  },
  vidferry_egress_budget: {
    type: "gauge",
    help: "How often an egress may be used in an hour; not there without a limit. Every process reports it.",
    labels: { egress: null },
    of: "all",
  },
  vidferry_egress_refusals_total: {
    type: "counter",
    help: "How often sources turned an egress away, by what they said.",
    labels: { egress: null, code: codes },
    of: "worker",
  },
  vidferry_engine_share: {
    type: "gauge",
    help: "The share of attempts that a version of yt-dlp gets, by whether it is in use or on trial; `settings` is that of VIDFERRY_YTDLP.",
    labels: { version: null, role: ["current", "trial"] },
    of: "all",
  },
  vidferry_engine_runs_total: {
    type: "counter",
    help: "Runs of a version of yt-dlp that succeeded, or failed as those of an outgrown one do.",
    labels: { version: null, outcome: ["succeeded", "failed"] },
    of: "worker",
  },
  vidferry_webhook_deliveries_total: {
    type: "counter",
    help: "Tries to deliver a webhook, by what came of them.",
    labels: { outcome: ["delivered", "retry", "failed", "interrupted"] },
    of: "all",
  },
  vidferry_batches_total: {
    type: "counter",
    help: "Batches that were read to their end and have all their jobs, and those whose list was given up.",
    labels: { outcome: ["whole", "failed"] },
    of: "all",
  },
  vidferry_schedule_runs_total: {
    type: "counter",
    help: "Runs of schedules that were due, by whether they made something or were refused.",
    labels: { outcome: ["made", "refused"] },
    of: "all",
  },
  vidferry_schedule_late_seconds: {
    type: "histogram",
    help: "How long after its time a schedule ran.",
    labels: {},
    buckets: waits,
    of: "all",
  },
  vidferry_maintenance_last_success_seconds: {
    type: "gauge",
    help: "When a maintenance task last succeeded in this process, in seconds since 1970.",
    labels: { task: null },
    of: "all",
  },
  vidferry_maintenance_runs_total: {
    type: "counter",
    help: "Runs of maintenance tasks in this process.",
    labels: { task: null, outcome: ["succeeded", "failed"] },
    of: "all",
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metricTable;

/** The labels of a metric, each with its value. */
export type LabelsOf<N extends MetricName> = Readonly<Record<keyof (typeof metricTable)[N]["labels"] & string, string>>;
