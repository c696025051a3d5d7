/** What one panel of the dashboard shows. */
export interface PanelPlan {
  readonly title: string;
  /** What to read from it. */
  readonly about: string;
  /** As Grafana names units. */
  readonly unit: string;
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

/** A row of panels. */
export interface RowPlan {
  readonly title: string;
  readonly panels: readonly PanelPlan[];
}

const range = "$__rate_interval";

const one = (title: string, about: string, unit: string, expr: string, legend: string): PanelPlan => ({
  ...{ title, about, unit },
  queries: [{ expr, legend }],
});

/** Half, nineteen in twenty, and ninety-nine in a hundred of what a histogram has measured are below these. */
const quantiles = (title: string, about: string, histogram: string): PanelPlan => ({
  ...{ title, about, unit: "s" },
  queries: [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le) (rate(${histogram}_bucket[${range}])))`,
    legend: `p${quantile * 100}`,
  })),
});

/** The whole dashboard. What every API process reports of the whole service is joined by `max`, all else is added up. */
export const rows: readonly RowPlan[] = [
  {
    title: "The service",
    panels: [
      one(
        "Jobs that end",
        "A minute, by how they end.",
        "opm",
        `60 * sum by (outcome) (rate(vidferry_job_duration_seconds_count[${range}]))`,
        "{{outcome}}",
      ),
      one(
        "Failures by code",
        "A minute. Each code has a section in docs/troubleshooting.md.",
        "opm",
        `60 * sum by (code) (rate(vidferry_job_failures_total[${range}])) > 0`,
        "{{code}}",
      ),
      one("Jobs by state", "Up to 10,000 of each are counted.", "short", "max by (state) (vidferry_jobs)", "{{state}}"),
      one("Stored results", "All that is kept.", "bytes", "max(vidferry_stored_bytes)", "bytes"),
    ],
  },
  {
    title: "The queue",
    panels: [
      one("Depth", "Jobs that a free worker would take.", "short", "max by (lane) (vidferry_queue_depth)", "{{lane}}"),
      one(
        "Age of the oldest",
        "How long it has been due.",
        "s",
        "max by (lane) (vidferry_queue_oldest_age_seconds)",
        "{{lane}}",
      ),
      quantiles("Wait for a worker", "From due to the first attempt.", "vidferry_queue_wait_seconds"),
      one(
        "Waiting for something else",
        "By what that is.",
        "short",
        "max by (reason) (vidferry_queue_waiting)",
        "{{reason}}",
      ),
    ],
  },
  {
    title: "Workers",
    panels: [
      {
        title: "Busy",
        about: "Attempts that run, and that could.",
        unit: "short",
        queries: [
          { expr: "sum(vidferry_worker_jobs_running)", legend: "running" },
          { expr: "sum(vidferry_worker_concurrency)", legend: "possible" },
        ],
      },
      one(
        "Attempts by their end",
        "A minute.",
        "opm",
        `60 * sum by (outcome) (rate(vidferry_job_attempts_total[${range}]))`,
        "{{outcome}}",
      ),
      one(
        "Time in each stage",
        "The mean of attempts that left it.",
        "s",
        `sum by (stage) (rate(vidferry_job_stage_seconds_sum[${range}])) / sum by (stage) (rate(vidferry_job_stage_seconds_count[${range}]))`,
        "{{stage}}",
      ),
      one(
        "Steps",
        "Nineteen in twenty take less.",
        "s",
        `histogram_quantile(0.95, sum by (le, step) (rate(vidferry_step_duration_seconds_bucket[${range}])))`,
        "{{step}}",
      ),
      one(
        "Downloaded",
        "Media from sources.",
        "Bps",
        `sum(rate(vidferry_downloaded_bytes_total[${range}]))`,
        "bytes a second",
      ),
      one(
        "Programs that fail or are stopped",
        "A minute.",
        "opm",
        `60 * sum by (program, outcome) (rate(vidferry_child_duration_seconds_count{outcome!="succeeded"}[${range}]))`,
        "{{program}} {{outcome}}",
      ),
      one(
        "Room on the work disks",
        "Until no more jobs are taken.",
        "bytes",
        "vidferry_work_disk_free_bytes - vidferry_work_disk_reserve_bytes",
        "{{instance}}",
      ),
      {
        title: "Lost and fenced",
        about: "Workers that died with a job, and ends of attempts that came too late. An hour.",
        unit: "short",
        queries: [
          { expr: "sum(increase(vidferry_worker_lost_total[1h]))", legend: "lost workers" },
          { expr: "sum(increase(vidferry_fenced_writes_total[1h]))", legend: "fenced writes" },
        ],
      },
    ],
  },
  {
    title: "Sources",
    panels: [
      one(
        "Attempts that fail",
        "A minute, by code, also where another attempt followed.",
        "opm",
        `60 * sum by (code) (rate(vidferry_attempt_errors_total[${range}])) > 0`,
        "{{code}}",
      ),
      one(
        "Refusals",
        "How often a source turned an egress away. An hour.",
        "short",
        "sum by (egress, code) (increase(vidferry_egress_refusals_total[1h]))",
        "{{egress}} {{code}}",
      ),
      one(
        "Egresses",
        "The state that each is in.",
        "short",
        "max by (egress, state) (vidferry_egress_state) == 1",
        "{{egress}} {{state}}",
      ),
      {
        title: "Budgets of egresses",
        about: "How often each was used in the last hour, and how often it may be.",
        unit: "short",
        queries: [
          { expr: "max by (egress) (vidferry_egress_used_this_hour)", legend: "{{egress}} used" },
          { expr: "max by (egress) (vidferry_egress_budget)", legend: "{{egress}} budget" },
        ],
      },
      one(
        "Versions of yt-dlp",
        "The share of the attempts that each gets.",
        "percentunit",
        "max by (version, role) (vidferry_engine_share)",
        "{{version}} {{role}}",
      ),
      one(
        "Runs of each version",
        "A minute, by whether they succeed, or fail as those of an outgrown version do.",
        "opm",
        `60 * sum by (version, outcome) (rate(vidferry_engine_runs_total[${range}]))`,
        "{{version}} {{outcome}}",
      ),
    ],
  },
  {
    title: "The API",
    panels: [
      one(
        "Requests",
        "A second, by status.",
        "reqps",
        `sum by (status) (rate(vidferry_http_request_duration_seconds_count[${range}]))`,
        "{{status}}",
      ),
      quantiles("Time to answer", "Until the head of the answer.", "vidferry_http_request_duration_seconds"),
      one(
        "Slowest routes",
        "Nineteen in twenty requests take less.",
        "s",
        `topk(10, histogram_quantile(0.95, sum by (le, method, route) (rate(vidferry_http_request_duration_seconds_bucket[${range}]))))`,
        "{{method}} {{route}}",
      ),
      one("Open streams", "Event streams and WebSockets.", "short", "sum(vidferry_sse_streams)", "streams"),
      one(
        "Webhooks",
        "Tries a minute, by what came of them.",
        "opm",
        `60 * sum by (outcome) (rate(vidferry_webhook_deliveries_total[${range}]))`,
        "{{outcome}}",
      ),
      one(
        "Reused results",
        "Jobs an hour that got the files of another one, or joined it.",
        "short",
        `3600 * sum(rate(vidferry_jobs_reused_total[${range}]))`,
        "jobs",
      ),
      one(
        "Looks at links",
        "An hour, by whether the source was asked, was being asked for another one, or its answer was kept.",
        "short",
        `3600 * sum by (how) (rate(vidferry_looks_total[${range}]))`,
        "{{how}}",
      ),
      one(
        "Batches",
        "Batches an hour that got all their jobs, and those whose list was given up.",
        "short",
        `3600 * sum by (outcome) (rate(vidferry_batches_total[${range}]))`,
        "{{outcome}}",
      ),
      one(
        "Schedules",
        "Runs an hour, by whether they made something or were refused.",
        "short",
        `3600 * sum by (outcome) (rate(vidferry_schedule_runs_total[${range}]))`,
        "{{outcome}}",
      ),
      one(
        "Late schedules",
        "How long after its time one in twenty schedules ran, or longer.",
        "s",
        `histogram_quantile(0.95, sum by (le) (rate(vidferry_schedule_late_seconds_bucket[${range}])))`,
        "late",
      ),
    ],
  },
  {
    title: "Inside",
    panels: [
      one(
        "Age of the maintenance",
        "Since each task last succeeded.",
        "s",
        "time() - max by (task) (vidferry_maintenance_last_success_seconds)",
        "{{task}}",
      ),
      one(
        "Time of a claim",
        "Nineteen in twenty take less: the database's answer to a worker.",
        "s",
        `histogram_quantile(0.95, sum by (le) (rate(vidferry_claim_duration_seconds_bucket[${range}])))`,
        "p95",
      ),
      one("Age of the state", "Of the numbers from the database.", "s", "min(vidferry_state_age_seconds)", "seconds"),
      one(
        "Memory",
        "Of each process, without its children.",
        "bytes",
        'process_resident_memory_bytes{job=~"vidferry.*"}',
        "{{instance}}",
      ),
      one("Versions", "Processes of each.", "short", "count by (version) (vidferry_build_info)", "{{version}}"),
    ],
  },
];
