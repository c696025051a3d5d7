import { afterEach, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startHarness } from "../../testing/live-server.ts";
import { ordinaryPace } from "./body-pace.ts";
import { createGone } from "./gone.ts";
import { toRequest } from "./to-request.ts";

let server: Server | null = null;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
});

/** Posts a body to a server that looks at the request; the answer is what it saw, as JSON. */
async function seen(look: (request: Request) => Promise<unknown>, init: RequestInit = {}): Promise<unknown> {
  server = createServer(async (incoming, outgoing) => {
    const { request } = toRequest(incoming, createGone(), ordinaryPace);
    const saw = await look(request).catch((error: unknown) => String(error));
    outgoing.end(JSON.stringify(saw));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/a/../b?c=1`, { method: "POST", body: '{"a":"ä"}', ...init });
  return await answer.json();
}

test("a request tells its method, its address in normal form and its headers", async () => {
  const headers = { "x-own": "1" };
  const look = async (request: Request) => [
    request instanceof Request,
    request.method,
    new URL(request.url).pathname,
    request.headers.get("X-Own"),
  ];
  expect(await seen(look, { headers })).toEqual([true, "POST", "/b", "1"]);
});

test.each([
  ["text", async (request: Request) => await request.text()],
  ["JSON", async (request: Request) => JSON.stringify(await request.json())],
  ["bytes", async (request: Request) => new TextDecoder().decode(await request.arrayBuffer())],
  ["a stream", async (request: Request) => await new Response(request.body).text()],
  ["a copy", async (request: Request) => await request.clone().text()],
])("a body is read as %s, whole or in chunks", async (_as, read) => {
  expect(await seen(read)).toBe('{"a":"ä"}');
  const chunks = new Blob(['{"a":', '"ä"}']).stream();
  server?.close();
  expect(await seen(read, { body: chunks })).toBe('{"a":"ä"}');
});

test("a body is read once", async () => {
  const twice = async (request: Request) => {
    const before = request.bodyUsed;
    await request.text();
    return [before, request.bodyUsed, await request.text().catch((error: unknown) => error instanceof TypeError)];
  };
  expect(await seen(twice)).toEqual([false, true, true]);
});

test("what has no body is read as nothing", async () => {
  const look = async (request: Request) => [request.body, await request.text(), request.cache];
  expect(await seen(look, { method: "GET", body: null })).toEqual([null, "", "default"]);
});

test("a body in chunks is taken by the API as one with a length is", async () => {
  const { url, service } = await startHarness();
  const body = new Blob([JSON.stringify({ url: "https://youtu.be/dQw4w9WgXcQ" })]).stream();
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/api/v1/downloads`, { method: "POST", headers, body });
  expect(answer.status).toBe(202);
  expect(service.submitted).toHaveLength(1);
});

test("a signal tells of a client that is gone, also one that is asked for later", async () => {
  const gone = createGone();
  const { signal } = gone;
  gone.tell();
  expect(signal.aborted).toBe(true);
  const later = createGone();
  later.tell();
  expect(later.signal.aborted).toBe(true);
});
