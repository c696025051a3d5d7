const steps = new Set<() => void>();

/**
 * Does something when the process exits, also by `process.exit` in the middle of it; only what needs no waiting gets done
 * then. Returns how to take it back. One listener serves all, because runtimes warn of many.
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
      // The others still want to be done, and nobody is left to be told.
    }
  }
}
