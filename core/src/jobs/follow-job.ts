import type { ServiceDeps } from "../dependencies.ts";
import type { JobId } from "../runtime/ids.ts";
import { jobTopic } from "./event-log.ts";
import { compareEventIds, type LoggedEvent } from "./events.ts";
import { getJob } from "./manage-job.ts";
import { toJobResource } from "./resource.ts";
import { isTerminal } from "./states.ts";

export interface FollowOptions {
  /** Replay the events after this one; null: start with a `job` event of the current state. */
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
  /** How often the store is asked in case the log lost an event, in milliseconds. Default: 10 s. */
  readonly backstopMs?: number;
}

type FollowDeps = Pick<ServiceDeps, "database" | "events" | "clock">;

/**
 * The events of a job, each once, until the terminal one. A slow reader gets fewer `progress` events, never fewer `job`
 * events. When the log no longer has the missed events, it starts over with a `job` event of the current state.
 * Throws `not_found` before the first event; ends without an error when the signal aborts or the job is deleted.
 */
export async function* followJob(
  deps: FollowDeps,
  id: JobId,
  owner: string | null,
  options: FollowOptions,
): AsyncGenerator<LoggedEvent, void, void> {
  // Without a place to resume from, the job is read below anyway.
  let isKnown = options.lastEventId !== null;
  if (isKnown) await getJob(deps, id, owner);
  const inbox = createInbox();
  const unsubscribe = await deps.events.subscribe(jobTopic(id), inbox.put);
  const over = new AbortController();
  const onAbort = (): void => over.abort();
  options.signal.addEventListener("abort", onAbort, { once: true });
  if (options.signal.aborted) onAbort();
  try {
    void inbox.wakeWhenIdle(deps.clock, options.backstopMs ?? 10_000, over.signal);
    let last: string | null = options.lastEventId;
    let mustRead = true;
    let lastState: string | null = null;
    while (!options.signal.aborted) {
      if (mustRead) {
        mustRead = false;
        const page = await deps.events.read(jobTopic(id), last ?? undefined);
        if (last !== null && page.complete) {
          for (const [index, event] of page.events.entries()) {
            last = event.id;
            if (event.type === "job") lastState = event.data.state;
            yield event;
            // A job that was retried by hand goes on after its terminal event.
            if (endsWith(event) && index === page.events.length - 1) return;
          }
          // The terminal event may have been read before, be lost from the log, or precede a late event: ask the store.
          const job = await deps.database.jobs.get(id, owner);
          if (job === null) return;
          if (isTerminal(job.state)) {
            yield { id: page.lastId, type: "job", data: toJobResource(job) };
            return;
          }
          lastState ??= job.state;
        } else {
          const job = isKnown ? await deps.database.jobs.get(id, owner) : await getJob(deps, id, owner);
          if (job === null) return;
          isKnown = true;
          last = page.lastId;
          lastState = job.state;
          yield { id: page.lastId, type: "job", data: toJobResource(job) };
          if (isTerminal(job.state)) return;
        }
      }
      for (let event = inbox.take(); event !== undefined; event = inbox.take()) {
        if (event === null) {
          mustRead = true;
          break;
        }
        if (last !== null && compareEventIds(event.id, last) <= 0) continue;
        last = event.id;
        if (event.type === "job") lastState = event.data.state;
        yield event;
        if (endsWith(event)) return;
      }
      if (mustRead) continue;
      if (options.signal.aborted) return;
      await inbox.wait();
      if (!inbox.isEmpty() || options.signal.aborted) continue;
      const job = await deps.database.jobs.get(id, owner);
      if (job === null) return;
      if (isTerminal(job.state) || (lastState !== null && job.state !== lastState)) {
        lastState = job.state;
        yield { id: last ?? "0-0", type: "job", data: toJobResource(job) };
        if (isTerminal(job.state)) return;
      }
    }
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    over.abort();
    unsubscribe();
  }
}

const endsWith = (event: LoggedEvent): boolean => event.type === "job" && isTerminal(event.data.state);

/** Events that were not read yet. Unread progress is replaced by newer progress, which bounds its length. */
function createInbox() {
  const waiting: (LoggedEvent | null)[] = [];
  let wake: (() => void) | undefined;
  let isQuiet = true;
  return {
    put: (event: LoggedEvent | null): void => {
      isQuiet = false;
      const newest = waiting.at(-1);
      if (newest?.type === "progress" && event?.type === "progress") waiting.pop();
      if (event !== null || newest !== null) waiting.push(event);
      wake?.();
    },
    take: (): LoggedEvent | null | undefined => waiting.shift(),
    isEmpty: (): boolean => waiting.length === 0,
    /** Resolves when an event arrives, when none arrived for a while, and when the timer ends. */
    wait: async (): Promise<void> => {
      if (waiting.length > 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    },
    /**
     * Ends a wait after `ms` to twice as long without an event, until the signal aborts. One timer for all waits: with
     * thousands of followers, one timer a wait would be most of the work.
     */
    wakeWhenIdle: async (clock: FollowDeps["clock"], ms: number, signal: AbortSignal): Promise<void> => {
      for (let slept = true; slept; ) {
        isQuiet = true;
        slept = await clock.sleep(ms, signal).then(
          () => true,
          () => false,
        );
        if (isQuiet || !slept) wake?.();
      }
    },
  };
}
