/** Progress over several passes as one fraction that never decreases. */
export interface PassProgress {
  /** Begins a pass; returns a function that reports its position in seconds. */
  pass(seconds: number | null): (position: number) => void;
}

/** `totalSeconds` is the length of the outputs of all passes together; null when unknown: then nothing is reported before the end. */
export function createPassProgress(totalSeconds: number | null, onProgress: (fraction: number) => void): PassProgress {
  let before = 0;
  let reported = 0;
  return {
    pass(seconds) {
      const base = before;
      before += seconds ?? 0;
      return (position) => {
        if (totalSeconds === null || totalSeconds <= 0 || seconds === null) return;
        const fraction = Math.min(1, (base + Math.min(Math.max(0, position), seconds)) / totalSeconds);
        if (fraction <= reported) return;
        reported = fraction;
        onProgress(fraction);
      };
    },
  };
}
