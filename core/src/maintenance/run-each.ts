import { AppError, toAppError } from "../errors/app-error.ts";

/**
 * Does something for each of the items, also when it fails for some of them: what cannot be done for one is no reason to leave
 * the others. Returns the failures; {@link throwFirst} tells of them when everything is done.
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
