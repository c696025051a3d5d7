import type { FollowOptions, OpenEvents } from "./reconnect.ts";
import type { Transport } from "./transport.ts";

/** What each request for a stream has. */
export interface StreamCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: { readonly ticket?: string };
  readonly fetch: (request: Request) => Promise<Response>;
}

/** Opens a stream with one try a connection, since whoever reads it connects again. */
export function openStream(
  sender: Transport["sender"],
  { signal, ticket }: FollowOptions,
  get: (call: StreamCall) => Promise<{ readonly response: Response }>,
): OpenEvents {
  return async (lastEventId) => {
    const { response } = await get({
      headers: {
        accept: "text/event-stream",
        ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
      },
      query: ticket === undefined ? {} : { ticket: await ticket() },
      fetch: sender({ signal, maxRetries: 0, expects: "events" }),
    });
    return response.status === 204 ? null : response.body;
  };
}
