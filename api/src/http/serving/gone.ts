/** Tells that a client went away. */
export interface Gone {
  /** Aborts then, at once when it already has. */
  readonly signal: AbortSignal;
  tell(): void;
}

/** The signal is made when something asks for it, which few requests do: an abort controller for each costs more than most routes. */
export function createGone(): Gone {
  let isGone = false;
  let controller: AbortController | null = null;
  return {
    get signal() {
      if (controller === null) {
        controller = new AbortController();
        if (isGone) controller.abort();
      }
      return controller.signal;
    },
    tell: () => {
      isGone = true;
      controller?.abort();
    },
  };
}
