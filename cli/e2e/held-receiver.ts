import { verifyWebhook, type WebhookMessage } from "@vidferry/sdk";

/** A receiver of webhooks that answers nothing until it is told to. */
export interface HeldReceiver extends AsyncDisposable {
  readonly url: string;
  /** For `ALLOW_PRIVATE_HOSTS`. */
  readonly host: string;
  /** Ids of messages that came before it answered, and were left without an answer. */
  readonly unanswered: ReadonlySet<string>;
  /** Messages that were verified and answered, by id. */
  readonly delivered: ReadonlyMap<string, WebhookMessage>;
  /** Answers from now on what this secret signs. */
  open(secret: string): void;
}

/** Starts a {@link HeldReceiver} on a free port. */
export function startHeldReceiver(): HeldReceiver {
  const unanswered = new Set<string>();
  const delivered = new Map<string, WebhookMessage>();
  const closing = Promise.withResolvers<Response>();
  let secret: string | null = null;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      const id = request.headers.get("webhook-id") ?? "";
      if (secret === null) {
        unanswered.add(id);
        return await closing.promise;
      }
      delivered.set(id, await verifyWebhook(request.headers, await request.text(), secret));
      return new Response(null, { status: 204 });
    },
  });
  return {
    url: `${server.url.origin}/hook`,
    host: `127.0.0.1:${server.port}`,
    unanswered,
    delivered,
    open: (signedBy) => {
      secret = signedBy;
    },
    [Symbol.asyncDispose]: async () => {
      closing.resolve(new Response(null, { status: 503 }));
      await server.stop(true);
    },
  };
}
