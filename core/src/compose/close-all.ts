/**
 * Runs every step, one after the other, whatever becomes of those before it, and rejects in the end with what failed: a
 * part that does not close must not keep the others open.
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
