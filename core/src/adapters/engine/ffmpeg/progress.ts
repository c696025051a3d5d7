/** Progress over several passes as one fraction that never goes back. */
export interface PassProgress {
  /** Begins a pass; returns what takes its position in seconds. */
  pass(seconds: number | null): (position: number) => void;
}

/** `totalSeconds` is the length of the outputs of all passes together; null when unknown: then nothing is told before the end. */
export function createPassProgress(totalSeconds: number | null, onProgress: (fraction: number) => void): PassProgress {
  let before = 0;
  let told = 0;
  return {
    pass(seconds) {
      const base = before;
      before += seconds ?? 0;
      return (position) => {
        if (totalSeconds === null || totalSeconds <= 0 || seconds === null) return;
        const fraction = Math.min(1, (base + Math.min(Math.max(0, position), seconds)) / totalSeconds);
        if (fraction <= told) return;
        told = fraction;
        onProgress(fraction);
      };
    },
  };
}
