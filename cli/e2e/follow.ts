/** An event as it came over the wire. */
export interface SeenEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/**
 * Follows a job's events until the stream ends, or until `stopAfter` of them have come: then the connection is dropped.
 * The framing is read by hand, as a client without our SDK would.
 */
export async function follow(
  url: string,
  options: {
    readonly lastEventId?: string;
    readonly stopAfter?: number;
    /** Called with each event as it comes. */
    readonly onEvent?: (event: SeenEvent) => void;
  } = {},
): Promise<SeenEvent[]> {
  const { lastEventId, stopAfter = Number.POSITIVE_INFINITY } = options;
  const response = await fetch(url, {
    headers: { accept: "text/event-stream", ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) },
  });
  if (!response.ok || response.body === null) throw new Error(`no event stream: ${response.status}`);
  const events: SeenEvent[] = [];
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s).slice(0, 2)));
      if (fields["event"] === undefined) continue;
      const seen = { id: fields["id"] ?? "", event: fields["event"], data: fields["data"] ?? "" };
      events.push(seen);
      options.onEvent?.(seen);
      // Leaving the loop cancels the body, and with it the connection.
      if (events.length >= stopAfter) return events;
    }
  }
  return events;
}
