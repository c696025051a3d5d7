import type { Database, Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import type { Beginning, RepeatKey } from "./answers.ts";

/** A request that may come again. */
export interface Once<T> {
  readonly key: RepeatKey;
  /** What is kept as its answer. It is called within the transaction, so it does not wait for anything. */
  answer(value: T): string;
}

/** What became of a request that may come again. */
export type Written<T> =
  | { readonly kind: "written"; readonly value: T }
  /** It came before: this is what was kept as its answer. Nothing was written. */
  | { readonly kind: "repeated"; readonly answer: string };

/** How soon a client may ask again for what still runs, in milliseconds. */
const askAgainMs = 1_000;

/**
 * Writes at most once for each key: the change and its answer in one transaction, so that a process that dies leaves both or
 * nothing. What `write` throws undoes both, and the request can be made again. `once: null` is a request without a key.
 * Throws `idempotency_conflict` and `idempotency_in_progress`.
 */
export async function writeOnce<T>(
  { database, ids, clock }: Pick<ServiceDeps, "database" | "ids" | "clock">,
  once: Once<T> | null,
  write: (tx: Repositories) => Promise<T>,
): Promise<Written<T>> {
  if (once === null) return { kind: "written", value: await database.transaction(write) };
  const holder = ids.next("req");
  return await database.transaction(async (tx) => {
    const beginning = await tx.answers.begin(once.key, holder, 0);
    if (beginning.kind !== "begun") return repeated(beginning, clock);
    const value = await write(tx);
    await tx.answers.complete(once.key, holder, once.answer(value));
    return { kind: "written", value };
  });
}

/**
 * The same for what takes long and is no transaction: whoever repeats it while it runs is told `idempotency_in_progress`. When
 * the process dies, the key is free again after `holdMs`, which must be longer than `run` may take.
 */
export async function runOnce<T>(
  deps: Pick<ServiceDeps, "database" | "ids" | "clock" | "logger">,
  once: Once<T> | null,
  holdMs: number,
  run: () => Promise<T>,
): Promise<Written<T>> {
  if (once === null) return { kind: "written", value: await run() };
  const { answers }: Pick<Database, "answers"> = deps.database;
  const holder = deps.ids.next("req");
  const beginning = await answers.begin(once.key, holder, holdMs);
  if (beginning.kind !== "begun") return repeated(beginning, deps.clock);
  const leave = (error: unknown): void =>
    deps.logger.warn("an idempotency key is held until its time is over", { operation: once.key.operation, error });
  try {
    const value = await run();
    await answers.complete(once.key, holder, once.answer(value)).catch(leave);
    return { kind: "written", value };
  } catch (error) {
    await answers.release(once.key, holder).catch(leave);
    throw error;
  }
}

function repeated(found: Exclude<Beginning, { kind: "begun" }>, clock: ServiceDeps["clock"]): Written<never> {
  switch (found.kind) {
    case "answered":
      return { kind: "repeated", answer: found.answer };
    case "conflict":
      throw new AppError("idempotency_conflict");
    case "running":
      throw new AppError("idempotency_in_progress", undefined, {
        retryAt: new Date(clock.now().getTime() + askAgainMs),
      });
  }
}
