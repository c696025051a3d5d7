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
  const length = headers["content-length"];
  if (length !== undefined && response.body !== null) {
    outgoing.writeHead(response.status, headers);
    await sendBody(response.body, outgoing, Number(length), limits);
    return;
  }
  // What names no length is whole in memory already. Its body is not looked at: the runtime would make a stream of it.
  const bytes = new Uint8Array(await response.arrayBuffer());
  const last = bytes.byteLength === 0 ? null : bytes;
  if (last !== null) headers["content-length"] = last.byteLength;
  outgoing.writeHead(response.status, headers);
  if (limits.beforeEnd !== undefined) {
    if (last !== null) outgoing.write(last);
    await limits.beforeEnd();
    await finish(outgoing, null, limits.stalledMs);
  } else {
    // Head and body in one packet.
    await finish(outgoing, last, limits.stalledMs);
  }
}

/** Headers as Node writes them; cookies stay apart. */
export function plainHeaders(headers: Headers): OutgoingHttpHeaders {
  const plain: OutgoingHttpHeaders = {};
  headers.forEach((value, name) => {
    plain[name] = value;
  });
  if (plain["set-cookie"] !== undefined) plain["set-cookie"] = headers.getSetCookie();
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
  if (last === null) outgoing.end();
  else outgoing.end(last);
  // Most answers have left by now, and need no timer.
  await new Promise((resolve) => process.nextTick(resolve));
  await settled(outgoing, "finish", stalledMs);
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
