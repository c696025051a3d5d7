import { VidferryError } from "./errors.ts";
import { type FollowOptions, type OpenEvents, type Received, reconnect } from "./reconnect.ts";
import { type DownloadEvent, isTerminal } from "./types.ts";

/** The events of a job up to the one that ends it, each once, over as many connections as it takes. */
export async function* follow(
  open: OpenEvents,
  options: FollowOptions = {},
): AsyncGenerator<DownloadEvent, void, void> {
  for await (const received of reconnect(open, options)) {
    const event = toEvent(received);
    if (event === null) continue;
    yield event;
    if (event.type === "job" && isTerminal(event.data.state)) return;
  }
}

/** Null for kinds of events that this version does not know. */
function toEvent({ message }: Received): DownloadEvent | null {
  return message.event === "job" || message.event === "progress" ? readEvent<DownloadEvent>(message) : null;
}

/** The event with its data parsed. */
export function readEvent<Event>({ id = "", event: type, data }: Received["message"]): Event {
  try {
    return { id, type, data: JSON.parse(data) } as Event;
  } catch (cause) {
    throw new VidferryError("The service sent an event that is not JSON.", { cause });
  }
}
