/** A check of the trial that did not hold. */
export interface Failure {
  readonly name: string;
  readonly reason: string;
}

/** Runs the steps of a trial one after another, tells each with its time, and keeps what failed. */
export interface Steps {
  readonly failures: readonly Failure[];
  /** What later steps need; when it throws, the trial is over. */
  must<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** A check of its own: when it throws, the trial goes on and has failed. It resolves with a detail for the line. */
  check(name: string, work: () => Promise<string | undefined>): Promise<void>;
}

/** Steps that tell `say` how each ended. */
export function createSteps(say: (line: string) => void, now: () => number = Date.now): Steps {
  const failures: Failure[] = [];
  const started = (name: string) => {
    const at = now();
    return (word: string, detail = "") =>
      say(`${word} ${((now() - at) / 1000).toFixed(1).padStart(6)} s  ${name}${detail === "" ? "" : `: ${detail}`}`);
  };
  const failed = (name: string, error: unknown, tell: (word: string, detail?: string) => void) => {
    const reason = error instanceof Error ? error.message : String(error);
    failures.push({ name, reason });
    tell("FAILED", reason);
  };
  return {
    failures,
    async must(name, work) {
      const tell = started(name);
      try {
        const result = await work();
        tell("ok    ", typeof result === "string" ? result : "");
        return result;
      } catch (error) {
        failed(name, error, tell);
        throw error;
      }
    },
    async check(name, work) {
      const tell = started(name);
      try {
        tell("ok    ", await work());
      } catch (error) {
        failed(name, error, tell);
      }
    },
  };
}
