/** A message to one address. */
export interface WebhookMessage {
  readonly url: string;
  readonly id: string;
  /** When this try begins; part of what is signed. */
  readonly at: Date;
  readonly body: string;
  /** `whsec_…`; each signs, so that a receiver may know either of them. */
  readonly secrets: readonly string[];
  /** Sent as the header `traceparent`; null: without it. */
  readonly traceparent: string | null;
}

/** What came of sending. */
export type SendResult =
  | { readonly kind: "answered"; readonly status: number; readonly retryAfterMs: number | null }
  /** There was no answer: refused, unreachable, too slow. The text names no address that DNS gave. */
  | { readonly kind: "failed"; readonly error: string };

/** Sends signed messages to addresses that clients name. */
export interface WebhookSender {
  /** Longest time that a message takes, in milliseconds. */
  readonly timeoutMs: number;
  /** Why nothing is ever sent to an address, as far as it can be told without the network; null when it may be used. */
  refuses(url: string): string | null;
  /**
   * POSTs a message with the headers of Standard Webhooks. Follows no redirects, takes no proxy, and connects only to addresses
   * that were checked. Of the answer only the head is read, within time and size limits. Rejects only with the signal's reason.
   */
  send(message: WebhookMessage, signal: AbortSignal): Promise<SendResult>;
}
