import { expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { startHarness } from "../testing/live-server.ts";
import { exchange, openRaw, readRaw } from "../testing/raw-client.ts";

const post = "POST /api/v1/downloads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";

/** Sends one byte after the other until the server has had enough. */
async function drip(url: string, start: string, bytes: string) {
  const socket = await openRaw(url, start);
  const answer = readRaw(socket);
  const dripping = setInterval(() => socket.writable && socket.write(bytes), 20);
  return await answer.finally(() => clearInterval(dripping));
}

test("a head that comes line by line is cut off long before the request's time is up", async () => {
  const { url } = await startHarness({ headTimeoutMs: 200, requestTimeoutMs: 600_000 });
  expect([0, 408]).toContain((await drip(url, "GET /livez HTTP/1.1\r\n", "X-A: b\r\n")).status);
});

test.each([
  ["with a length", "Content-Length: 60000\r\n\r\n", " "],
  ["in chunks", "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"],
])("a body %s that comes byte by byte is refused with 408, and the connection closed", async (_how, head, bytes) => {
  const { url } = await startHarness({ bodyPace: { bytes: 1_000, everyMs: 300 }, requestTimeoutMs: 600_000 });
  const answer = await drip(url, post + head, bytes);
  expect([answer.status, answer.headers["content-type"]]).toEqual([408, "application/problem+json"]);
  expect(JSON.parse(answer.text)).toMatchObject({ code: "invalid_request", status: 408 });
});

test("a body that comes slowly but fast enough is taken", async () => {
  const { url, service } = await startHarness({ bodyPace: { bytes: 1, everyMs: 500 }, requestTimeoutMs: 600_000 });
  const body = JSON.stringify({ url: "https://youtu.be/dQw4w9WgXcQ" });
  const socket = await openRaw(url, `${post}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n`);
  const answer = readRaw(socket);
  let sent = 0;
  await eventually(() => {
    socket.write(body.slice(sent, sent + 5));
    sent += 5;
    return sent >= body.length;
  });
  expect((await answer).status).toBe(202);
  expect(service.submitted).toHaveLength(1);
});

test("a thousand clients that send nothing more do not keep others waiting", async () => {
  const { url } = await startHarness({ headTimeoutMs: 30_000, maxConnections: 500 });
  const slow = await Promise.all(Array.from({ length: 1_000 }, () => openRaw(url, "GET /livez HTTP/1.1\r\nX: ")));
  for (const socket of slow) socket.resume();
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  for (const socket of slow) socket.destroy();
});

test.each([
  ["longer than 8,192 characters", `/api/v1/downloads?q=${"x".repeat(9_000)}`, 414],
  ["with more than a hundred parameters", `/api/v1/downloads?${"a=1&".repeat(200)}`, 400],
  ["of a hundred parameters", `/livez?${"a=1&".repeat(99)}`, 200],
])("an address %s is answered with its status", async (_what, target, status) => {
  const { url } = await startHarness();
  const answer = await exchange(url, `GET ${target} HTTP/1.0\r\n\r\n`);
  expect(answer.status).toBe(status);
  if (status !== 200) expect(JSON.parse(answer.text)).toMatchObject({ code: "invalid_request", status });
});
