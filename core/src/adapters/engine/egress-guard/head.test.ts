import { expect, test } from "bun:test";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { encodeHead, forwardedHeaders, readHead } from "./head.ts";

/** A connection that brings these bytes in pieces of these lengths, and then ends. */
function connectionOf(bytes: Uint8Array, lengths: readonly number[]): Socket {
  const stream = new PassThrough({ highWaterMark: 1 << 20 });
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const end = at + (lengths[piece % lengths.length] ?? 1);
    stream.write(bytes.subarray(at, end));
    at = end;
  }
  stream.end();
  // Reading needs what every readable stream has.
  return stream as unknown as Socket;
}

const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
const value = fc.stringMatching(/^([!-~\u00a1-\u00ff]([ -~]{0,20}[!-~])?)?$/);
const headers = fc.array(fc.tuple(token, value), { maxLength: 6 });
const line = fc.constantFrom("GET http://example.org/ HTTP/1.1", "HTTP/1.1 200 OK", "CONNECT example.org:443 HTTP/1.1");

test("whatever way a head arrives in pieces, it is read as it was written, and what follows stays in the connection", async () => {
  await fc.assert(
    fc.asyncProperty(line, headers, fc.uint8Array({ maxLength: 50 }), pieces, async (first, sent, body, lengths) => {
      const socket = connectionOf(Buffer.concat([encodeHead(first, sent), body]), lengths);
      expect(await readHead(socket, 10_000)).toEqual({ line: first, headers: sent });
      const rest: Buffer[] = [];
      for await (const chunk of socket) rest.push(chunk as Buffer);
      expect(Buffer.concat(rest)).toEqual(Buffer.from(body));
    }),
    { numRuns: 200 },
  );
});

test("whatever bytes arrive, the answer is a head without control characters, nothing, or an error that is told", async () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .array(fc.constantFrom("GET / HTTP/1.1", "\r\n", "\n", "\r", "\0", "A: b", " folded", ":", "\r\n\r\n", "é"))
      .map((parts) => new Uint8Array(Buffer.from(parts.join(""), "latin1"))),
  );
  await fc.assert(
    fc.asyncProperty(noise, pieces, async (bytes, lengths) => {
      const head = await readHead(connectionOf(bytes, lengths), 10_000).catch((error: unknown) => {
        expect(error).toMatchObject({ status: 400 });
        return null;
      });
      for (const text of head === null ? [] : [head.line, ...head.headers.flat()]) expect(text).not.toMatch(/[\r\n\0]/);
    }),
    { numRuns: 500 },
  );
});

test("a value full of blanks is read in one pass, and loses those around it alone", async () => {
  const value = `a${" ".repeat(60_000)}b`;
  // Tried again from each blank, each of these heads would take seconds.
  for (let count = 0; count < 10; count += 1) {
    const socket = connectionOf(
      Buffer.from(`GET / HTTP/1.1\r\nX-Long: \t${value}\t \r\nX-Blank: \t \r\n\r\n`),
      [1_000],
    );
    expect((await readHead(socket, 10_000))?.headers).toEqual([
      ["X-Long", value],
      ["X-Blank", ""],
    ]);
  }
}, 180_000);

test("whatever a client names in Connection, the framing of the message goes on as it came", () => {
  const framing: [string, string][] = [
    ["Content-Length", "5"],
    ["Transfer-Encoding", "chunked"],
  ];
  fc.assert(
    fc.property(
      headers,
      fc.array(fc.constantFrom("content-length", "Transfer-Encoding", "close", "x-y")),
      (sent, named) => {
        const head = {
          line: "",
          headers: [...sent, ["Connection", named.join(", ")], ...framing] as [string, string][],
        };
        const kept = forwardedHeaders(head);
        expect(kept.slice(-2)).toEqual(framing);
        expect(kept.some(([name]) => name.toLowerCase() === "connection")).toBe(false);
      },
    ),
  );
});
