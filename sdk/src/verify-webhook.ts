import { VidferryError } from "./errors.ts";
import type { WebhookMessage } from "./types.ts";

/** A message that is not what it claims to be: forged, changed, or too old. Answer it with 400 and do nothing. */
export class WebhookVerificationError extends VidferryError {
  override readonly name = "WebhookVerificationError";
}

/** Headers as a `Request` has them, of the platform or of a package, or as Node's `IncomingMessage` does. */
export type WebhookHeaders = Pick<Headers, "get"> | Readonly<Record<string, string | readonly string[] | undefined>>;

/** How to verify. */
export interface VerifyWebhookOptions {
  /** How far the message's time may be from now, in seconds; 300. */
  readonly toleranceSeconds?: number | undefined;
  /** What is taken for now. */
  readonly now?: Date | undefined;
}

const encoder = new TextEncoder();

/**
 * Verifies a message and returns it. Call it with the body exactly as it came, before anything parses it; keep
 * the header `webhook-id` for some days to recognise what comes twice.
 * @param secret `whsec_…`, or several of them
 * Rejects with `WebhookVerificationError`.
 */
export async function verifyWebhook(
  headers: WebhookHeaders,
  body: string | Uint8Array,
  secret: string | readonly string[],
  { toleranceSeconds = 300, now = new Date() }: VerifyWebhookOptions = {},
): Promise<WebhookMessage> {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) =>
    header(headers, `webhook-${name}`),
  );
  if (!id || !timestamp || !signatures) throw new WebhookVerificationError("A header of the message is missing.");
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(now.getTime() / 1000 - seconds) <= toleranceSeconds)) {
    throw new WebhookVerificationError("The message's time is too far from now.");
  }
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const signed = joined(encoder.encode(`${id}.${timestamp}.`), bytes);
  const given = signatures.split(" ").flatMap((entry) => (entry.startsWith("v1,") ? [entry.slice(3)] : []));
  for (const one of [secret].flat()) {
    const key = await keyOf(one);
    for (const signature of given) {
      const raw = fromBase64(signature);
      // It compares in constant time.
      if (raw !== null && (await crypto.subtle.verify("HMAC", key, raw, signed))) {
        return JSON.parse(new TextDecoder().decode(bytes)) as WebhookMessage;
      }
    }
  }
  throw new WebhookVerificationError("No signature of the message is by this secret.");
}

function header(headers: WebhookHeaders, name: string): string | undefined {
  if (isLookup(headers)) return headers.get(name) ?? undefined;
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof value === "string" ? value : value?.[0];
}

// Not by its class: packages such as undici and node-fetch have one of their own.
const isLookup = (headers: WebhookHeaders): headers is Pick<Headers, "get"> => typeof headers["get"] === "function";

function keyOf(secret: string): Promise<CryptoKey> {
  const raw = fromBase64(secret.replace(/^whsec_/, ""));
  if (raw === null || raw.length === 0) throw new WebhookVerificationError("The secret is no `whsec_…`.");
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}
