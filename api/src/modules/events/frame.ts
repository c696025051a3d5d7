import type { OwnerEvent } from "@vidferry/core";

const encoder = new TextEncoder();

/** An event as a frame of a `text/event-stream`. JSON holds no raw line breaks, so the data is one line. */
export function eventFrame(event: OwnerEvent): Uint8Array<ArrayBuffer> {
  return encoder.encode(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`);
}

/** A comment, as a heartbeat for proxies and clients. */
export const heartbeatFrame: Uint8Array<ArrayBuffer> = encoder.encode(": heartbeat\n\n");

/** Tells the client how long to wait before it connects again, in milliseconds. */
export function retryFrame(ms: number): Uint8Array<ArrayBuffer> {
  return encoder.encode(`retry: ${ms}\n\n`);
}
