import type { LoggedEvent } from "./events.ts";

/** Events that wait for a reader, at most: one that is further behind reads the log again. */
const mostWaiting = 100;

/** The events that a reader has not read yet: the newest progress of each job, and every `job` event up to a bound. */
export class OwnerInbox {
  readonly #types: ReadonlySet<LoggedEvent["type"]> | undefined;
  readonly #waiting = new Map<string, LoggedEvent>();
  /** Something was left out, so that the log must be read. */
  #isBehind = false;
  #resume: (() => void) | null = null;

  /** @param types events of others are left out; undefined: none are */
  constructor(types: ReadonlySet<LoggedEvent["type"]> | undefined) {
    this.#types = types;
  }

  /** Adds an event; null: some may have been missed. */
  put(event: LoggedEvent | null): void {
    if (event === null) this.#isBehind = true;
    else if (!this.#isBehind && (this.#types?.has(event.type) ?? true)) {
      const key = event.type === "progress" ? event.data.jobId : event.id;
      // Its place is behind what came since.
      this.#waiting.delete(key);
      if (this.#waiting.size < mostWaiting) this.#waiting.set(key, event);
      else if (event.type === "job") this.#isBehind = true;
    }
    if (this.#isBehind) this.#waiting.clear();
    this.wake();
  }

  /** The next event; null: read the log; undefined: there is none. */
  take(): LoggedEvent | null | undefined {
    if (this.#isBehind) {
      this.#isBehind = false;
      return null;
    }
    for (const [key, event] of this.#waiting) {
      this.#waiting.delete(key);
      return event;
    }
    return undefined;
  }

  /** Resolves when there is something to take, and when it is woken. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.size > 0 || this.#isBehind) resolve();
      else this.#resume = resolve;
    });
  }

  /** Ends a wait. */
  wake(): void {
    this.#resume?.();
    this.#resume = null;
  }
}
