import { expect, test } from "bun:test";
import { type LoggedEvent, noProgress } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { startHarness } from "../../testing/live-server.ts";
import { openRaw, readRaw } from "../../testing/raw-client.ts";
import { makeJob } from "../../testing/samples.ts";

const job = makeJob(1, { state: "running", attempt: 1 });

/** A server whose one job has more to tell than any buffer holds. */
async function startTalkative() {
  const harness = await startHarness({ config: { stalledMs: 200 }, socketStalledMs: 200 });
  harness.service.jobs.set(job.id, job);
  harness.service.onFollow = async function* (_id, signal): AsyncGenerator<LoggedEvent> {
    const data = { jobId: job.id, attempt: 1, stage: "downloading" as const, progress: noProgress };
    const padding = { padding: "x".repeat(100_000) };
    for (let id = 1; !signal.aborted; id++) yield { id: `1-${id}`, type: "progress", data: { ...data, ...padding } };
  };
  return harness;
}

const handshake = [
  `GET /ws/progress/${job.id} HTTP/1.1`,
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "",
  "",
].join("\r\n");
const subscription = `GET /api/v1/downloads/${job.id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

test.each([
  ["an event stream", subscription],
  ["a WebSocket", handshake],
])("a client that never reads %s is cut off by force after the stall limit", async (_what, request) => {
  const { url, service } = await startTalkative();
  const socket = await openRaw(url, request);
  socket.pause();
  await eventually(() => service.following.count === 1);
  await eventually(() => service.following.count === 0);
  // The server has closed the connection: what the buffers hold is all that comes.
  const answer = readRaw(socket);
  socket.resume();
  expect((await answer).text).not.toEndWith("0\r\n\r\n");
});

test("a WebSocket whose client answers no ping is cut off, however little is sent to it", async () => {
  const { url, service } = await startHarness({ socketStalledMs: 100 });
  service.jobs.set(job.id, job);
  const answer = readRaw(await openRaw(url, handshake));
  await eventually(() => service.following.count === 1);
  await answer;
  await eventually(() => service.following.count === 0);
});

test("a WebSocket over which nothing comes is pinged more often than proxies wait, and a ping may stay unanswered", async () => {
  const { url, service } = await startHarness({ socketStalledMs: 600_000, socketPingMs: 20 });
  service.jobs.set(job.id, job);
  const socket = await openRaw(url, handshake);
  const bytes: number[] = [];
  socket.on("data", (chunk: Uint8Array) => bytes.push(...chunk));
  // Frames of pings: the opcode is 9, and they have no payload.
  const pings = () => bytes.filter((byte, index) => byte === 0x89 && bytes[index + 1] === 0).length;
  await eventually(() => pings() > 2);
  expect(service.following.count).toBe(1);
  socket.destroy();
  await eventually(() => service.following.count === 0);
});

test("a client that never reads does not hold up a server that stops", async () => {
  const { url, service, server } = await startHarness({ config: { stalledMs: 600_000 } });
  const talkative = await startTalkative();
  service.jobs.set(job.id, job);
  service.onFollow = talkative.service.onFollow;
  for (const request of [subscription, handshake]) (await openRaw(url, request)).pause();
  await eventually(() => service.following.count === 2);
  await server.stop({ graceMs: 600_000 });
  await eventually(() => service.following.count === 0);
});
