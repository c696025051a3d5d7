/** The `q` quantile of the values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** The median. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * Measures several things in turn, so that other load affects all alike; the order changes with each round. The first round is
 * warm-up and does not count.
 * @returns the results of each, by its name.
 */
export async function alternate<T>(
  contestants: Readonly<Record<string, () => Promise<T>>>,
  rounds: number,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const results = new Map<string, T[]>(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    const order = Object.entries(contestants);
    for (const [name, measure] of round % 2 === 0 ? order : order.toReversed()) {
      const result = await measure();
      if (round > 0) results.get(name)?.push(result);
    }
  }
  return results;
}

/** Wall time of a call, in seconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}
