const steps = new Set<() => void>();

/**
 * Runs a synchronous step when the process exits, also by `process.exit`. Returns a function that removes the step. One
 * listener serves all, because runtimes warn about many.
 */
export function onExit(step: () => void): () => void {
  if (steps.size === 0) process.on("exit", runAll);
  steps.add(step);
  return () => {
    steps.delete(step);
    if (steps.size === 0) process.off("exit", runAll);
  };
}

function runAll(): void {
  for (const step of steps) {
    try {
      step();
    } catch {
      // The other steps must still run, and the error cannot be reported any more.
    }
  }
}
