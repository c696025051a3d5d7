/**
 * Runs all steps in order, even when earlier ones fail, and then rejects with the failures: a part that fails to close must
 * not keep the others open.
 */
export async function closeAll(steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, "Several parts did not close.");
  if (failures.length === 1) throw failures[0];
}
