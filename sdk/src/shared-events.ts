import type { OwnerEvent } from "./types.ts";

/** What a wait follows. */
export interface Followed<Event> {
  /** Of the job or the batch. */
  readonly id: string;
  /** Its events over a connection of its own. */
  readonly own: (signal: AbortSignal) => AsyncIterable<Event>;
  /** What is now, as an event. */
  readonly look: (signal: AbortSignal) => Promise<Event>;
}

/** The events of a job or batch for a wait. */
export type FollowShared = <Event>(followed: Followed<Event>, signal: AbortSignal) => AsyncGenerator<Event, void, void>;

/** Somebody who waits for one job or batch. */
interface Follower {
  readonly id: string;
  /** Takes the next event; null: look at what is now; undefined: there are no more. */
  readonly tell: (event: OwnerEvent | null | undefined) => void;
}

/**
 * Lets the waits of a client share connections: pages have six to a host, and calls need them too. The first wait follows its
 * job alone; those that come while it lasts follow theirs in one stream of all jobs.
 */
export function createSharedEvents(followAll: (signal: AbortSignal) => AsyncIterable<OwnerEvent>): FollowShared {
  const followers = new Set<Follower>();
  let isAlone = false;
  let stream: AbortController | null = null;
  /** Whether the stream has told what is unfinished: what happens since then is told. */
  let isComplete = false;

  const pump = async (own: AbortController): Promise<void> => {
    try {
      for await (const event of followAll(own.signal)) {
        if (event.type === "snapshot") isComplete = true;
        const id = event.type === "snapshot" ? null : event.type === "progress" ? event.data.jobId : event.data.id;
        // What ended before the stream began is not told in it.
        for (const one of followers) if (id === null || one.id === id) one.tell(id === null ? null : event);
      }
    } catch {
      // Those who wait look at their jobs themselves, and meet the same error if it lasts.
    }
    if (stream !== own) return;
    stream = null;
    for (const { tell } of followers) tell(undefined);
  };

  const begin = (): void => {
    if (stream !== null) return;
    stream = new AbortController();
    isComplete = false;
    void pump(stream);
  };

  async function* shared<Event>({ id, look }: Followed<Event>, signal: AbortSignal): AsyncGenerator<Event, void, void> {
    const told: (OwnerEvent | null | undefined)[] = [];
    let wake = (): void => undefined;
    const follower: Follower = {
      id,
      tell: (event) => {
        told.push(event);
        wake();
      },
    };
    const onAbort = (): void => wake();
    signal.addEventListener("abort", onAbort, { once: true });
    followers.add(follower);
    try {
      begin();
      if (isComplete) follower.tell(null);
      for (;;) {
        signal.throwIfAborted();
        if (told.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const event = told.shift();
        if (event === undefined) return;
        yield event === null ? await look(signal) : (event as Event);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      followers.delete(follower);
      if (followers.size === 0) {
        const last = stream;
        stream = null;
        last?.abort();
      }
    }
  }

  return async function* (followed, signal) {
    if (isAlone) {
      yield* shared(followed, signal);
      return;
    }
    isAlone = true;
    try {
      yield* followed.own(signal);
    } finally {
      isAlone = false;
    }
  };
}
