import { changeJobs, type Job, noTelemetry, placeOf, type ServiceDeps } from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { cronerCalendar } from "@vidferry/core/croner";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import type { Invocation } from "../command-line/invocation.ts";
import { type JobChoice, readJobChoice } from "../job-filter.ts";
import { operator } from "../operator.ts";
import type { JobAction, JobFlags } from "../options/jobs.ts";

const pageSize = 500;

/** `vidferry jobs`: what an operator does to jobs of every owner. */
export async function jobsCommand(
  action: "list" | JobAction,
  ids: readonly string[],
  flags: JobFlags,
  { config: readConfig, terminal, signals }: Invocation,
): Promise<number> {
  const choice = readJobChoice(ids, flags);
  if (action !== "list" && choice.isEverything)
    throw new UsageError(`jobs ${action}: say which jobs, by ids or filters; see: vidferry jobs ${action} --help`);
  const config = readConfig();
  const signal = signals.stop;
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const backends = await composeBackends(config, { clock: systemClock, logger, migrate: false });
  const deps: ServiceDeps = {
    ...backends,
    clock: systemClock,
    ids: createIdGenerator(),
    logger,
    telemetry: noTelemetry,
    calendar: cronerCalendar(),
  };
  try {
    await backends.database.check(signal);
    if (action === "list") return await list(deps, choice, terminal, signal);
    return await change(deps, action, choice, terminal, signal);
  } finally {
    await backends.close();
  }
}

async function list(deps: ServiceDeps, choice: JobChoice, terminal: Terminal, signal: AbortSignal): Promise<number> {
  let count = 0;
  for await (const page of pagesOf(deps, choice, signal)) {
    count += page.length;
    for (const job of page) {
      const ended = (job.finishedAt ?? job.createdAt).toISOString().slice(0, 19);
      const why = job.error === null ? "" : `  ${job.error.code}`;
      terminal.out(
        `${job.id}  ${ended}  ${job.state.padEnd(9)}  ${job.owner}  ${job.media?.title ?? job.request.url}${why}`,
      );
    }
  }
  if (count === 0) terminal.note("there is no such job");
  return exitCodes.done;
}

async function change(
  deps: ServiceDeps,
  action: JobAction,
  choice: JobChoice,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const [done, refused] = [new Map<string, number>(), new Map<string, number>()];
  for await (const page of pagesOf(deps, choice, signal)) {
    for (const [owner, jobs] of Map.groupBy(page, (job) => job.owner)) {
      if (!choice.yes) {
        add(done, owner, jobs.length);
        continue;
      }
      const ids = jobs.map(({ id }) => id);
      const written = await changeJobs(deps, { owner, action, target: { ids }, by: operator }, null);
      if (written.kind === "repeated") continue;
      for (const { error } of written.value.items) {
        if (error === null) add(done, owner, 1);
        else add(refused, error.detail, 1);
      }
    }
  }
  const sum = [...done.values()].reduce((all, count) => all + count, 0);
  const verbs = { retry: "queued anew", cancel: "canceled", delete: "deleted" } as const;
  if (!choice.yes) {
    terminal.out(
      `${sum} jobs of ${done.size} owners would be ${verbs[action]}, where their state allows it; --yes does it`,
    );
    return exitCodes.done;
  }
  terminal.out(`${sum} jobs of ${done.size} owners were ${verbs[action]}`);
  for (const [reason, count] of refused) terminal.note(`left ${count}: ${reason}`);
  return exitCodes.done;
}

function add(sums: Map<string, number>, key: string, count: number): void {
  sums.set(key, (sums.get(key) ?? 0) + count);
}

/** The chosen jobs, page by page. */
async function* pagesOf(
  { database }: ServiceDeps,
  { ids, filter, limit }: JobChoice,
  signal: AbortSignal,
): AsyncGenerator<readonly Job[]> {
  if (ids.length > 0) {
    const jobs = await Promise.all(ids.map((id) => database.jobs.get(id, null)));
    yield jobs.filter((job) => job !== null);
    return;
  }
  let left = limit;
  for (let after: ReturnType<typeof placeOf> | undefined; left > 0; ) {
    signal.throwIfAborted();
    const query = { ...filter, limit: Math.min(pageSize, left), ...(after && { after }) };
    const page = await database.jobs.list(query);
    const last = page.at(-1);
    if (last === undefined) return;
    // Before the page is changed: a job that is deleted has no place any more.
    after = placeOf(last, query);
    left -= page.length;
    yield page;
  }
}
