import { NotFoundError } from "./errors.ts";
import { readEvent } from "./follow.ts";
import { type FollowOptions, type OpenEvents, reconnect } from "./reconnect.ts";
import { type DownloadJob, isTerminal, type OwnerEvent } from "./types.ts";

/** How to follow all jobs. */
export interface FollowAllOptions extends FollowOptions {
  /** Only events of these types; `snapshot` comes always. Default: all. */
  readonly types?: readonly Exclude<OwnerEvent["type"], "snapshot">[] | undefined;
}

/** Other kinds are of servers newer than this client. */
const known: ReadonlySet<string> = new Set(["job", "progress", "batch", "snapshot"] satisfies OwnerEvent["type"][]);

/** Unfinished jobs that are remembered, at most. */
const mostKnown = 10_000;

/**
 * The events of all jobs, each once, over as many connections as it takes. Where the service does not have the missed events
 * any more, it starts over with the unfinished jobs; those that the iteration knew as unfinished and that are not among them
 * are asked for with `get`, so that no end of a job is missed.
 */
export async function* followAll(
  open: OpenEvents,
  options: FollowAllOptions = {},
  get: ((id: string) => Promise<DownloadJob>) | null = null,
): AsyncGenerator<OwnerEvent, void, void> {
  const unfinished = new Set<string>();
  /** Told since the connection began. */
  let told = new Set<string>();
  for await (const { message, isFirst } of reconnect(open, options)) {
    if (isFirst) told = new Set();
    if (!known.has(message.event ?? "")) continue;
    const event = readEvent<OwnerEvent>(message);
    if (event.type === "job") note(event.data, unfinished, told);
    if (event.type === "snapshot" && get !== null) {
      for (const id of [...unfinished].filter((one) => !told.has(one))) {
        const job = await unlessGone(get(id));
        unfinished.delete(id);
        if (job === null) continue;
        note(job, unfinished, told);
        yield { id: event.id, type: "job", data: job };
      }
    }
    yield event;
  }
}

function note({ id, state }: DownloadJob, unfinished: Set<string>, told: Set<string>): void {
  told.add(id);
  unfinished.delete(id);
  if (isTerminal(state)) return;
  unfinished.add(id);
  for (const longest of unfinished) {
    if (unfinished.size <= mostKnown) break;
    unfinished.delete(longest);
  }
}

async function unlessGone(job: Promise<DownloadJob>): Promise<DownloadJob | null> {
  try {
    return await job;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
