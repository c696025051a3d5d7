import {
  type Batch,
  type BatchCursor,
  type BatchId,
  BatchState,
  cancelBatch,
  getBatch,
  isId,
  noTelemetry,
  retryBatch,
  type ServiceDeps,
} from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { cronerCalendar } from "@vidferry/core/croner";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import type { Invocation } from "../command-line/invocation.ts";
import { operator } from "../operator.ts";

const pageSize = 100;
const shownSkips = 20;

/** `vidferry batches list`. */
export async function listBatchesCommand(
  flags: { readonly state?: string; readonly owner?: string },
  invocation: Invocation,
): Promise<number> {
  const states = BatchState.array().safeParse(flags.state?.split(",").map((word) => word.trim()) ?? []);
  if (!states.success) throw new UsageError(`batches list: --state: ${states.error.issues[0]?.message}`);
  const filter = { owner: flags.owner ?? null, ...(states.data.length > 0 && { states: states.data }) };
  return await inService(invocation, (deps) => list(deps, filter, invocation.terminal, invocation.signals.stop));
}

/** `vidferry batches show`. */
export async function showBatchCommand(id: string, invocation: Invocation): Promise<number> {
  const batchId = idOf(id);
  return await inService(invocation, (deps) => show(deps, batchId, invocation.terminal));
}

/** `vidferry batches cancel` and `retry`. */
export async function changeBatchesCommand(
  action: "cancel" | "retry",
  given: readonly string[],
  isMeant: boolean,
  invocation: Invocation,
): Promise<number> {
  const ids = given.map(idOf);
  const { terminal, signals } = invocation;
  return await inService(invocation, (deps) => change(deps, action, ids, isMeant, terminal, signals.stop));
}

function idOf(text: string): BatchId {
  if (isId("bat", text)) return text;
  throw new UsageError(`batches: ${JSON.stringify(text)} is no id of a batch`);
}

async function inService(
  { config: readConfig, signals }: Invocation,
  run: (deps: ServiceDeps) => Promise<void>,
): Promise<number> {
  const config = readConfig();
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const backends = await composeBackends(config, { clock: systemClock, logger, migrate: false });
  try {
    await backends.database.check(signals.stop);
    const deps = { ...backends, clock: systemClock, ids: createIdGenerator(), logger };
    await run({ ...deps, telemetry: noTelemetry, calendar: cronerCalendar() });
    return exitCodes.done;
  } finally {
    await backends.close();
  }
}

async function list(
  { database }: ServiceDeps,
  filter: { readonly owner: string | null; readonly states?: readonly BatchState[] },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  let count = 0;
  for (let after: BatchCursor | undefined; ; ) {
    signal.throwIfAborted();
    const page = await database.batches.list({ ...filter, limit: pageSize, ...(after && { after }) });
    for (const batch of page) terminal.out(lineOf(batch));
    count += page.length;
    after = page.at(-1);
    if (page.length < pageSize) break;
  }
  if (count === 0) terminal.note("there is no such batch");
}

const lineOf = ({ id, owner, state, title, source, createdAt, counts }: Batch): string => {
  const { succeeded, failed, total } = counts;
  const done = `${succeeded} of ${total}${failed === 0 ? "" : `, ${failed} failed`}`;
  const created = createdAt.toISOString().slice(0, 19);
  return `${id}  ${created}  ${state.padEnd(9)}  ${owner}  ${title ?? source?.url ?? "links"}  ${done}`;
};

async function show(deps: ServiceDeps, id: BatchId, terminal: Terminal): Promise<void> {
  const batch = await getBatch(deps, id, null);
  terminal.out(lineOf(batch));
  for (const [state, count] of Object.entries(batch.counts)) {
    if (count > 0) terminal.out(`  ${state.padEnd(9)}  ${count}`);
  }
  if (batch.error !== null) terminal.out(`  ${batch.error.code}: ${batch.error.detail}`);
  for (const { url, title, skipped } of await deps.database.batches.skipped(id, shownSkips)) {
    terminal.out(`  skipped: ${title ?? url}  ${skipped?.code}`);
  }
}

async function change(
  deps: ServiceDeps,
  action: "cancel" | "retry",
  ids: readonly BatchId[],
  isMeant: boolean,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  for (const id of ids) {
    signal.throwIfAborted();
    const batch = await getBatch(deps, id, null);
    if (!isMeant) {
      terminal.out(`${lineOf(batch)}: ${action} if its state allows it; --yes does it`);
      continue;
    }
    const changed =
      action === "cancel"
        ? await cancelBatch(deps, id, batch.owner, operator)
        : await retryBatch(deps, id, batch.owner);
    terminal.out(lineOf(changed));
  }
}
