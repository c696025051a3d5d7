import { VidferryError } from "./errors.ts";
import type { WebhookMessage } from "./types.ts";

/**
 * Why a message is not taken: `headers` (one is missing or is no time), `time` (rightly signed, but too long ago or in the future:
 * sent again by somebody, or a clock is wrong), `signature` (by no secret that was given), `secret` (what was given is none), `body`
 * (rightly signed, but no JSON).
 */
export type WebhookFailure = "headers" | "time" | "signature" | "secret" | "body";

/** A message that is not what it claims to be: forged, changed, or too old. Answer it with 400 and do nothing. */
export class WebhookVerificationError extends VidferryError {
  override readonly name = "WebhookVerificationError";
  readonly reason: WebhookFailure;

  constructor(message: string, reason: WebhookFailure) {
    super(message);
    this.reason = reason;
  }
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
  if (!id || !timestamp || !signatures) {
    throw new WebhookVerificationError(
      "A header of the message is missing (webhook-id, webhook-timestamp, webhook-signature): something in between drops them, or it is no message of Vidferry.",
      "headers",
    );
  }
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (Number.isNaN(seconds)) throw new WebhookVerificationError("webhook-timestamp is no time.", "headers");
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const signed = joined(encoder.encode(`${id}.${timestamp}.`), bytes);
  if (!(await isSignedByAny([secret].flat(), signatures, signed))) {
    throw new WebhookVerificationError(
      "No signature of the message is by this secret. Verify the body as it came, before anything parses it, and with the secret of this webhook.",
      "signature",
    );
  }
  const late = now.getTime() / 1000 - seconds;
  if (Math.abs(late) > toleranceSeconds) {
    const when = late > 0 ? `${Math.round(late)} s ago` : `${Math.round(-late)} s from now`;
    throw new WebhookVerificationError(
      `The message's time is too far from now: it was signed ${when}, and ${toleranceSeconds} s are allowed. Somebody sends it again, or a clock is wrong: here it is ${now.toISOString()}.`,
      "time",
    );
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as WebhookMessage;
  } catch {
    throw new WebhookVerificationError("The message is signed rightly, but it is no JSON.", "body");
  }
}

async function isSignedByAny(
  secrets: readonly string[],
  signatures: string,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const given = signatures.split(" ").flatMap((entry) => (entry.startsWith("v1,") ? [entry.slice(3)] : []));
  for (const secret of secrets) {
    const key = await keyOf(secret);
    for (const signature of given) {
      const raw = fromBase64(signature);
      // It compares in constant time.
      if (raw !== null && (await crypto.subtle.verify("HMAC", key, raw, signed))) return true;
    }
  }
  return false;
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
  if (raw === null || raw.length === 0) throw new WebhookVerificationError("The secret is no `whsec_…`.", "secret");
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
