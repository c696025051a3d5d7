import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ByteSource } from "./byte-source.ts";
import type { ResponseFaults } from "./faults.ts";
import type { Exchange } from "./request-log.ts";

/** Sends a small body at once. */
export function answer(
  exchange: Exchange,
  status: number,
  contentType: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(body);
  exchange.entry.status = status;
  exchange.response.writeHead(status, { "content-type": contentType, "content-length": bytes.byteLength, ...headers });
  if (exchange.request.method === "HEAD") {
    exchange.response.end();
    return;
  }
  exchange.entry.bytesSent += bytes.byteLength;
  exchange.response.end(bytes);
}

/** Sends a JSON body. */
export function answerJson(exchange: Exchange, status: number, value: unknown): void {
  answer(exchange, status, "application/json; charset=utf-8", JSON.stringify(value));
}

/**
 * Applies the faults that replace the response.
 * @returns whether the request has been answered.
 */
export async function answerFault(exchange: Exchange, faults: ResponseFaults): Promise<boolean> {
  if (faults.latencyMs) await sleep(faults.latencyMs, undefined, { signal: exchange.signal });
  if (faults.redirectTo !== undefined) {
    answer(exchange, 302, "text/plain", "", { location: faults.redirectTo });
    return true;
  }
  if (faults.status !== undefined) {
    const retry =
      faults.retryAfterSeconds === undefined ? undefined : { "retry-after": String(faults.retryAfterSeconds) };
    answer(exchange, faults.status, "text/plain", "", retry);
    return true;
  }
  return false;
}

/** Sends a source as a file server would, with `Range`, throttled, truncated or stalled as `faults` says. */
export async function answerBytes(
  exchange: Exchange,
  source: ByteSource,
  contentType: string,
  faults: ResponseFaults = {},
): Promise<void> {
  if (await answerFault(exchange, faults)) return;
  const { request, response, entry } = exchange;
  // An empty file has no satisfiable range; servers answer 200 with an empty body.
  const range = source.size === 0 ? null : parseRange(request.headers.range, source.size);
  if (range === "unsatisfiable") {
    answer(exchange, 416, "text/plain", "", { "content-range": `bytes */${source.size}` });
    return;
  }
  const { start, end } = range ?? { start: 0, end: source.size - 1 };
  entry.status = range ? 206 : 200;
  response.writeHead(entry.status, {
    "content-type": contentType,
    "content-length": end - start + 1,
    "accept-ranges": "bytes",
    ...(range ? { "content-range": `bytes ${start}-${end}/${source.size}` } : {}),
  });
  if (request.method === "HEAD" || end < start) {
    response.end();
    return;
  }
  await sendPaced(exchange, source.read(start, end), faults);
}

/** Sends a body of unknown length, throttled, truncated or stalled as `faults` says. The head must have been sent. */
export async function sendPaced(
  exchange: Exchange,
  bytes: AsyncIterable<Uint8Array>,
  faults: ResponseFaults,
): Promise<void> {
  const { response, entry, signal } = exchange;
  const { bytesPerSecond, cutAfterBytes, stallAfterBytes } = faults;
  const stopAt = Math.min(cutAfterBytes ?? Number.POSITIVE_INFINITY, stallAfterBytes ?? Number.POSITIVE_INFINITY);
  const startedAt = performance.now();
  let sent = 0;
  for await (const chunk of bytes) {
    // A throttled body is sent in slices of 50 ms, so that the client receives a steady stream.
    const sliceBytes = bytesPerSecond ? Math.max(1, Math.ceil(bytesPerSecond / 20)) : chunk.byteLength;
    for (let at = 0; at < chunk.byteLength; at += sliceBytes) {
      const slice = chunk.subarray(at, Math.min(at + sliceBytes, chunk.byteLength, at + stopAt - sent));
      await write(exchange, slice);
      sent += slice.byteLength;
      entry.bytesSent += slice.byteLength;
      if (sent >= stopAt) {
        if (stallAfterBytes === stopAt) await aborted(signal);
        // Flush first: destroying the socket discards its buffered data.
        else await sleep(50, undefined, { signal });
        response.destroy();
        return;
      }
      if (bytesPerSecond) {
        const aheadMs = (sent / bytesPerSecond) * 1000 - (performance.now() - startedAt);
        if (aheadMs > 1) await sleep(aheadMs, undefined, { signal });
      }
    }
  }
  response.end();
}

async function write({ response, signal }: Exchange, bytes: Uint8Array): Promise<void> {
  signal.throwIfAborted();
  if (bytes.byteLength === 0 || response.write(bytes)) return;
  await once(response, "drain", { signal });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

type ByteRange = { readonly start: number; readonly end: number };

/** One `bytes=` range of RFC 9110 §14.1.2; anything else is ignored, as servers may. */
function parseRange(header: string | undefined, size: number): ByteRange | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  const [, from = "", to = ""] = match ?? [];
  if (!match || (from === "" && to === "")) return null;
  const start = from === "" ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return start >= size || start > end ? "unsatisfiable" : { start, end };
}
