import { Buffer } from "node:buffer";
import { rootCertificates } from "node:tls";
import type { SendResult, WebhookMessage, WebhookSender } from "../../webhooks/sender.ts";
import { createGuardedDial, type Lookup } from "../engine/egress-guard/index.ts";
import { openConnection } from "../engine/transfer/connection.ts";

export interface WebhookSenderOptions {
  /** `host` or `host:port` that may be private, and reached by http: (ALLOW_PRIVATE_HOSTS). */
  readonly allowPrivateHosts: readonly string[];
  /** More certificate authorities, PEM. */
  readonly ca?: string;
  /** For one try, from resolving the name to the head of the answer. Default: 15 s. */
  readonly timeoutMs?: number;
  readonly lookup?: Lookup;
  readonly version?: string;
}

/** Sends webhooks over connections of its own: no proxy, no redirects, each address checked before it is connected to. */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { ca, timeoutMs = 15_000, version = "1" } = options;
  const dial = createGuardedDial({ ...options, connectTimeoutMs: timeoutMs });

  const post = async ({ url: text, id, at, body, secrets, traceparent }: WebhookMessage, signal: AbortSignal) => {
    const url = new URL(text);
    // An optional peer, as the drivers are: whoever embeds core without webhooks does not install it.
    const { Webhook } = await import("standardwebhooks");
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      "User-Agent": `Vidferry-Webhooks/${version}`,
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
      ...(traceparent !== null && { traceparent }),
    };
    const trusted = ca === undefined ? {} : { ca: [ca, ...rootCertificates].join("\n") };
    const connection = await openConnection(url, { dial: dial.connect, idleMs: timeoutMs, signal, ...trusted });
    try {
      return await connection.post(url, headers, body);
    } finally {
      // The rest of the answer is of no interest, however long it is.
      connection.close();
    }
  };

  return {
    timeoutMs,
    refuses: (text) => {
      const url = URL.parse(text);
      if (url === null) return "it is no address";
      return dial.refuses(url);
    },
    send: async (message, signal) => {
      const refused = dial.refuses(new URL(message.url));
      if (refused !== null) return failed(`The address is not allowed: ${refused}.`);
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const { status, headers } = await post(message, AbortSignal.any([signal, limit]));
        return { kind: "answered", status, retryAfterMs: retryAfter(headers.get("retry-after"), message.at) };
      } catch (error) {
        signal.throwIfAborted();
        if (limit.aborted) return failed(`There was no answer within ${timeoutMs / 1000} s.`);
        return failed(`It could not be sent: ${error instanceof Error ? error.message : "unknown"}`.slice(0, 300));
      }
    },
  };
}

const failed = (error: string): SendResult => ({ kind: "failed", error });

/** What `Retry-After` asks for, in seconds or as a date. */
function retryAfter(text: string | undefined, now: Date): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime());
}
