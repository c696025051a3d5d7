import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openRaw, readRaw } from "../../../api/src/testing/raw-client.ts";
import { startTarget, type Target } from "./target.ts";

const limitMs = 120_000;
let target: Target;
beforeAll(async () => {
  target = await startTarget();
}, limitMs);
afterAll(() => target?.[Symbol.asyncDispose](), limitMs);

/** Sends bytes as they stand, says that there are no more, and counts the answers. */
async function answersTo(text: string): Promise<{ readonly statuses: readonly number[]; readonly text: string }> {
  const socket = await openRaw(target.url, text);
  socket.setTimeout(10_000, () => socket.destroy());
  const whole: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => whole.push(chunk));
  socket.end();
  await readRaw(socket);
  const all = Buffer.concat(whole).toString("latin1");
  return { statuses: [...all.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status)), text: all };
}

const hidden = "GET /livez HTTP/1.1\r\nHost: hidden\r\n\r\n";
const start = "POST /api/v1/downloads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
/** With a key bodies are read and connections kept, so that a second request would be served. */
const signed = (text: string) =>
  text.replace("Host: 127.0.0.1\r\n", `$&Authorization: Bearer ${target.victim.secret}\r\n`);

describe("a request whose end two parsers may see in two places has one answer, which refuses it", () => {
  const forms: Readonly<Record<string, string>> = {
    "a length and chunks": `${start}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    "chunks and a length": `${start}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n${hidden}`,
    "two lengths": `${start}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    "two lengths in one line": `${start}Content-Length: 0, ${hidden.length}\r\n\r\n${hidden}`,
    "a length with a sign": `${start}Content-Length: +0\r\n\r\n${hidden}`,
    "a length in hexadecimal": `${start}Content-Length: 0x0\r\n\r\n${hidden}`,
    "a negative length": `${start}Content-Length: -1\r\n\r\n${hidden}`,
    "a length with a blank in it": `${start}Content-Length: 0 0\r\n\r\n${hidden}`,
    "a length that is no number": `${start}Content-Length: many\r\n\r\n${hidden}`,
    "a blank before the colon": `${start}Content-Length : ${hidden.length}\r\n\r\n${hidden}`,
    "a coding that is not chunked": `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    "chunked, but not last": `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    "two codings in two lines": `${start}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden}`,
    "a coding with a control character": `${start}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${hidden}`,
    "a folded line": `${start}X-Folded: a\r\n Content-Length: ${hidden.length}\r\n\r\n${hidden}`,
    "a name with NUL": `${start}Content\0-Length: 0\r\n\r\n${hidden}`,
    "a line without a colon": `${start}nonsense\r\n\r\n${hidden}`,
    "a chunk size with a sign": `${start}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n${hidden}`,
    "a chunk size that is no number": `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${hidden}`,
    "a chunk size beyond all numbers": `${start}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n${hidden}`,
    "a chunk without its end": `${start}Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n${hidden}`,
    "a version of HTTP that is none": `GET /livez HTTP/1.2.3\r\nHost: 127.0.0.1\r\n\r\n${hidden}`,
    "two hosts": `GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: hidden\r\n\r\n`,
  };
  for (const [form, text] of Object.entries(forms)) {
    test(
      form,
      async () => {
        for (const request of [text, signed(text)]) {
          const { statuses } = await answersTo(request);
          expect(statuses).toHaveLength(1);
          expect([400, 401, 411, 413, 431, 501]).toContain(statuses[0] ?? 0);
        }
        await target.servesHonestly();
      },
      limitMs,
    );
  }
});

describe("lines that end with LF alone", () => {
  test("do not hide a header or a request", async () => {
    const { statuses } = await answersTo(
      `GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    );
    // Refused, or read as two requests by everyone in the same way.
    expect(statuses.length === 1 ? statuses[0] : 400).toBe(400);
  });
});

test("a length that is right, sent twice, is no way to a second request", async () => {
  // Read as one by everyone, or refused: the request behind it is served once, as what it is.
  const { statuses } = await answersTo(signed(`${start}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${hidden}`));
  expect([[400], [422, 200]]).toContainEqual([...statuses]);
});

describe("the Host header", () => {
  test.each([
    "evil.example",
    "127.0.0.1:99999",
    "127.0.0.1@evil.example",
    "evil.example#127.0.0.1",
    "[::1",
    "a b",
    "x".repeat(5_000),
    "%00",
    "evil.example/..",
  ])(
    "%p moves no address that the service gives",
    async (host) => {
      const { statuses, text } = await answersTo(
        `GET /api/v1/downloads?limit=1 HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n` +
          `Authorization: Bearer ${target.victim.secret}\r\nConnection: close\r\n\r\n`,
      );
      expect(statuses).toHaveLength(1);
      expect([200, 400, 431]).toContain(statuses[0] ?? 0);
      expect(text.replace(/^.*?\r\n\r\n/s, statuses[0] === 200 ? "" : "$&")).not.toContain("http://evil.example/api");
      expect(text).not.toMatch(/^location:.*evil/im);
    },
    limitMs,
  );
});

test("noise behind a request for a stream writes no second answer into it", async () => {
  const { statuses, text } = await answersTo(
    signed("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nNOISE\r\n\r\n"),
  );
  expect(statuses.length).toBeLessThanOrEqual(1);
  expect(text).not.toContain("400 Bad Request\r\ncontent");
});
