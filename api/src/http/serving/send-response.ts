import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Limits while a response is sent. */
export interface SendLimits {
  /** A client that takes nothing for this long while bytes are due is cut off. */
  readonly stalledMs: number;
  /** Awaited between the last byte and the end of the answer; while it takes, the connection stays open. */
  readonly beforeEnd?: () => Promise<void>;
}

/**
 * Writes an answer to a connection and resolves when nothing of it is left to send, or the connection is gone. It is sent only
 * as fast as the client takes it. Whatever ends a body before its time, a failure of its source or a client that stopped
 * reading, closes the connection: an answer that is cut never looks like a whole one.
 */
export async function sendResponse(response: Response, outgoing: ServerResponse, limits: SendLimits): Promise<void> {
  const headers = plainHeaders(response.headers);
  const { body } = response;
  const length = headers["content-length"];
  // What names no length is whole in memory already.
  if (body !== null && length !== undefined) {
    outgoing.writeHead(response.status, headers);
    await sendBody(body, outgoing, Number(length), limits);
    return;
  }
  const bytes = body === null ? null : new Uint8Array(await response.arrayBuffer());
  if (bytes !== null) headers["content-length"] = bytes.byteLength;
  outgoing.writeHead(response.status, headers);
  if (limits.beforeEnd !== undefined) {
    if (bytes !== null) outgoing.write(bytes);
    await limits.beforeEnd();
    await finish(outgoing, null, limits.stalledMs);
  } else {
    // Head and body in one packet.
    await finish(outgoing, bytes, limits.stalledMs);
  }
}

/** Headers as Node writes them; cookies stay apart. */
export function plainHeaders(headers: Headers): OutgoingHttpHeaders {
  const plain: OutgoingHttpHeaders = Object.fromEntries(headers);
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) plain["set-cookie"] = cookies;
  return plain;
}

async function sendBody(
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
  length: number,
  { stalledMs }: SendLimits,
): Promise<void> {
  const reader = body.getReader();
  const letGo = (): void => void reader.cancel().catch(() => undefined);
  outgoing.once("close", letGo);
  // Also notices a source that fails while the loop waits for the socket to drain.
  reader.closed.catch(() => outgoing.destroy());
  outgoing.flushHeaders();
  let sent = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (outgoing.destroyed) return;
      if (done) break;
      sent += value.byteLength;
      if (!outgoing.write(value)) await settled(outgoing, "drain", stalledMs);
    }
    if (sent !== length) outgoing.destroy();
    else await finish(outgoing, null, stalledMs);
  } catch {
    // Already logged where the body comes from.
    outgoing.destroy();
  }
}

/** Ends an answer and resolves when the client has all of it, or the connection is gone. */
export async function finish(outgoing: ServerResponse, last: Uint8Array | null, stalledMs: number): Promise<void> {
  const finished = settled(outgoing, "finish", stalledMs);
  if (last === null) outgoing.end();
  else outgoing.end(last);
  await finished;
}

/** Waits for the event, or for the end of the connection, which it brings about itself after the stall limit. */
function settled(outgoing: ServerResponse, event: "drain" | "finish", stalledMs: number): Promise<void> {
  if (outgoing.destroyed || outgoing.writableFinished) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => outgoing.destroy(), stalledMs);
    const done = (): void => {
      clearTimeout(timer);
      outgoing.off(event, done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.once(event, done);
    outgoing.once("close", done);
  });
}
