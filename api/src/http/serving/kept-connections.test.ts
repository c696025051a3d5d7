import { expect, test } from "bun:test";
import { once } from "node:events";
import { startHarness } from "../../testing/live-server.ts";
import { openRaw, readRaw } from "../../testing/raw-client.ts";

const request = "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

test("a connection that is not used is left for a load balancer to close", async () => {
  const { url } = await startHarness();
  const response = await fetch(`${url}/livez`);
  // Of those that are common, Google Cloud's waits longest: ten minutes.
  expect(Number(/^timeout=(\d+)$/.exec(response.headers.get("keep-alive") ?? "")?.[1])).toBeGreaterThan(600);
});

test("is closed in the end, whoever holds it", async () => {
  const { url } = await startHarness({ keepAliveMs: 100 });
  expect((await readRaw(await openRaw(url, request))).status).toBe(200);
});

test("a server that stops does not wait for the end of connections that nobody uses", async () => {
  const { url, server } = await startHarness();
  const socket = await openRaw(url, request);
  await once(socket, "data");
  const closed = once(socket, "close");
  // The test would time out long before the grace is over.
  await server.stop({ graceMs: 600_000 });
  await closed;
});
