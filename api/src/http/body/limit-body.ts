import { AppError } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../../app-env.ts";
import { bodyBounds, expectBoundedJson } from "./json-bounds.ts";
import { textOf } from "./utf8.ts";

const isJson = (type: string | undefined): boolean =>
  type !== undefined && /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type);

/** Refuses bodies that are too large, also when they come in chunks, and JSON that is out of bounds or not UTF-8. */
export function limitBody(maxBytes: number): MiddlewareHandler<AppEnv> {
  const expectAtMost = (bytes: number): void => {
    if (bytes <= maxBytes) return;
    throw new AppError("payload_too_large", `A request body has at most ${maxBytes} bytes.`);
  };

  /** Reads a body whose length is not announced. */
  async function readChunks(body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      expectAtMost(bytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  return async function limitBody(c, next) {
    const { raw } = c.req;
    const length = raw.headers.has("transfer-encoding") ? null : raw.headers.get("content-length");
    let bytes = 0;
    if (length !== null) {
      // No more is read than was announced. The body itself is not looked at: it would be made a stream for that.
      bytes = Number(length);
      expectAtMost(bytes);
    } else if (raw.body !== null) {
      const { url, method, headers, signal } = raw;
      const body = await readChunks(raw.body);
      bytes = body.byteLength;
      // The runtime's own `text()`, which reads it from here on, takes everything.
      if (isJson(c.req.header("content-type"))) textOf(body);
      c.req.raw = new Request(url, { method, headers, signal, body: bytes === 0 ? null : body });
    }
    // Many clients name a type in every POST: a body of no bytes is one that was left out, not one that is wrong.
    if (bytes === 0) c.req.raw.headers.delete("content-type");
    else if (isJson(c.req.header("content-type"))) expectBoundedJson(await c.req.text(), bodyBounds);
    await next();
  };
}
