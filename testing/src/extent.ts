/** Whether every case of the costly tests is tried: with `bin/test --whole`, as every night. */
export const isWhole = process.env["TEST_WHOLE"] === "1";

/**
 * The cases of a costly test. Otherwise than with `bin/test --whole` those alone that stand for the others, as a change is to be
 * judged within minutes; what differs between the others is tried elsewhere in short, or rarely changes.
 */
export function fewUnlessWhole<T>(all: readonly T[], isAmongFew: (value: T) => boolean): readonly T[] {
  return isWhole ? all : all.filter(isAmongFew);
}

/**
 * A `test` for cases that `bin/test --whole` alone tries, in a file whose others stand for them: `const testWhole = onlyWhole(test)`.
 * Otherwise they are not there, and so are not counted as skipped.
 */
export function onlyWhole<T extends (...args: never[]) => unknown>(test: T): T {
  return isWhole ? test : ((() => undefined) as unknown as T);
}
