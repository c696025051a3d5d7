import type { ServiceDeps } from "../dependencies.ts";
import { ownerTopic } from "./event-log.ts";
import { compareEventIds, type LoggedEvent, type OwnerEvent } from "./events.ts";
import type { Job } from "./job.ts";
import { OwnerInbox } from "./owner-inbox.ts";
import { type OwnerSnapshotDeps, snapshotOf } from "./owner-snapshot.ts";

export interface FollowOwnerOptions {
  /** Replay the events after this one; null: start with a snapshot. */
  readonly lastEventId: string | null;
  /** Only events of these types, beside `snapshot`. Default: all. */
  readonly types?: ReadonlySet<LoggedEvent["type"]>;
  readonly signal: AbortSignal;
}

type FollowOwnerDeps = OwnerSnapshotDeps & Pick<ServiceDeps, "events">;

/** Events read at once for a reader that is behind. */
const pageSize = 100;
/**
 * The events of all jobs of an owner, each once, until the signal aborts. A slow reader gets fewer `progress` events, never
 * fewer `job` events, and costs no more memory than a fast one: what it has not read is read from the log again.
 *
 * It starts with a snapshot: a `job` event for each running or waiting job, at most 1,000, newest first in each
 * state, and then `snapshot`. A reader that resumes gets what it missed instead, or a snapshot when the log no longer has it.
 * The ids of a snapshot's `job` events are `0-1`, `0-2` and so on: whoever resumes from one of them gets a new snapshot.
 */
export function followOwner(deps: FollowOwnerDeps, owner: string, options: FollowOwnerOptions): OwnerEvents {
  return new Follower(deps, owner, options);
}

interface OwnerEvents extends AsyncIterableIterator<OwnerEvent, void, void> {
  return(): Promise<IteratorReturnResult<void>>;
}

/**
 * A class and no generator: a process has thousands, and a generator keeps all that it has ever delegated to or looped over.
 * Here what catches up is let go of once the reader has caught up.
 */
class Follower implements OwnerEvents {
  readonly #deps: FollowOwnerDeps;
  readonly #owner: string;
  readonly #options: FollowOwnerOptions;
  readonly #inbox: OwnerInbox;
  #last: string | null;
  /** From where something may have been missed: the log, or a snapshot; null: the inbox has all that follows. */
  #missed: AsyncIterator<OwnerEvent, void> | null = null;
  #unsubscribe: (() => void) | null = null;
  #leave: (() => void) | null = null;
  #hasBegun = false;
  #isOver = false;

  constructor(deps: FollowOwnerDeps, owner: string, options: FollowOwnerOptions) {
    this.#deps = deps;
    this.#owner = owner;
    this.#options = options;
    this.#last = options.lastEventId;
    this.#inbox = new OwnerInbox(options.types);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<OwnerEvent, void>> {
    try {
      if (!this.#hasBegun) await this.#begin();
      while (!this.#isOver) {
        if (this.#missed !== null) {
          const next = await this.#missed.next();
          if (!next.done) return next;
          this.#missed = null;
          continue;
        }
        const event = this.#inbox.take();
        if (event === undefined) await this.#inbox.wait();
        else if (event === null) this.#missed = this.#catchUp();
        else if (compareEventIds(event.id, this.#last ?? "0-0") > 0) {
          this.#last = event.id;
          return { done: false, value: event };
        }
      }
    } catch (error) {
      this.#end();
      throw error;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.#end();
    return { done: true, value: undefined };
  }

  async #begin(): Promise<void> {
    this.#hasBegun = true;
    const { signal } = this.#options;
    if (signal.aborted) this.#isOver = true;
    if (this.#isOver) return;
    signal.addEventListener("abort", this.#end, { once: true });
    this.#leave = this.#deps.missed.watch(this.#owner);
    this.#missed = this.#catchUp();
    const unsubscribe = await this.#deps.events.subscribe(ownerTopic(this.#owner), this.#onEvent);
    if (this.#isOver) unsubscribe();
    else this.#unsubscribe = unsubscribe;
  }

  readonly #onEvent = (event: LoggedEvent | null): void => {
    if (event?.type === "job") this.#deps.missed.told(this.#owner, event.data.id as Job["id"], event.data.state);
    this.#inbox.put(event);
  };

  readonly #end = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.signal.removeEventListener("abort", this.#end);
    this.#unsubscribe?.();
    this.#leave?.();
    void this.#missed?.return?.();
    this.#missed = null;
    this.#inbox.wake();
  };

  /** The events since the reader's place, or a snapshot where the log does not have them. */
  async *#catchUp(): AsyncGenerator<OwnerEvent, void, void> {
    const { types } = this.#options;
    for (let isBehind = true; isBehind; ) {
      const page = await this.#deps.events.read(ownerTopic(this.#owner), this.#last ?? undefined, pageSize);
      if (this.#last === null || !page.complete) {
        const resumed = this.#last !== null;
        yield* snapshotOf(this.#deps, this.#owner, { resumed, endId: page.lastId, types });
        isBehind = false;
      } else {
        for (const event of page.events) if (types?.has(event.type) ?? true) yield event;
        isBehind = page.events.length === pageSize;
      }
      this.#last = page.lastId;
    }
  }
}
