import { AppError, toAppError } from "../errors/app-error.ts";

/**
 * Runs a function for each of the items, even when it fails for some of them. Returns the failures; {@link throwFirst} reports
 * them when all items are processed.
 */
export async function runEach<T>(items: Iterable<T>, run: (item: T) => Promise<unknown>): Promise<readonly AppError[]> {
  const failures: AppError[] = [];
  for (const item of items) {
    try {
      await run(item);
    } catch (error) {
      failures.push(toAppError(error));
    }
  }
  return failures;
}

/** Rejects with the first of the failures, if there are any, and says how many there were. */
export function throwFirst(failures: readonly AppError[]): void {
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  throw new AppError(first.code, `${failures.length} failed, the first with: ${first.message}`, {
    hint: first.hint,
    cause: first.cause ?? first,
  });
}
