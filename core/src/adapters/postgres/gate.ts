/** Lets so many in at once; the others wait in line. */
export interface Gate {
  /** How many wait or are inside. */
  readonly size: number;
  /** Resolves to the way out, to be called once. Rejects with what `tooLate` makes when it took too long. */
  enter(patienceMs: number, tooLate: () => Error): Promise<() => void>;
}

/** Makes a {@link Gate}. */
export function createGate(places: number): Gate {
  const line: (() => void)[] = [];
  let inside = 0;

  // Whoever leaves hands its place over, so that nobody who comes in between can take it.
  const leave = (): void => {
    const next = line.shift();
    if (next === undefined) inside -= 1;
    else next();
  };

  return {
    get size() {
      return inside + line.length;
    },
    enter: async (patienceMs, tooLate) => {
      if (inside < places) {
        inside += 1;
        return leave;
      }
      await new Promise<void>((resolve, reject) => {
        const next = (): void => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          line.splice(line.indexOf(next), 1);
          reject(tooLate());
        }, patienceMs);
        line.push(next);
      });
      return leave;
    },
  };
}
