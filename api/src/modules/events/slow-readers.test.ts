import { expect, test } from "bun:test";
import type { Socket } from "node:net";
import { defaultHostPolicy, jobTopic, localOwner, ownerTopic, toJobResource } from "@vidferry/core";
import { memoryEventLog } from "@vidferry/core/memory";
import { systemClock } from "@vidferry/core/system";
import { createServiceFixture, eventually } from "@vidferry/testing";
import { createApp } from "../../app.ts";
import { createOpenAuth } from "../../auth/auth.ts";
import { defaultApiConfig } from "../../config.ts";
import { createService } from "../../create-service.ts";
import { startServer } from "../../http/server.ts";
import { readFrames } from "../../testing/live-server.ts";
import { createLogRecorder } from "../../testing/log-recorder.ts";
import { openRaw } from "../../testing/raw-client.ts";

const readers = 100;
const rounds = 3_000;
const filler = "x".repeat(8_000);

const handshake = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

test("readers that never read cost little memory, are closed, and hold up nobody", async () => {
  const log = memoryEventLog({ clock: systemClock });
  let listening = 0;
  const events: typeof log = {
    ...log,
    subscribe: async (topic, listener) => {
      const stop = await log.subscribe(topic, listener);
      listening += 1;
      return () => {
        listening -= 1;
        stop();
      };
    },
  };
  await using fixture = await createServiceFixture({}, { events });
  const logger = createLogRecorder();
  const service = createService(fixture.deps, {
    hosts: defaultHostPolicy,
    maxAttempts: 3,
    linkSeconds: 60,
    probe: () => Promise.reject(new Error("not here")),
  });
  const config = { ...defaultApiConfig, stalledMs: 1_000, heartbeatMs: 50 };
  const app = createApp({ service, auth: createOpenAuth(), config, logger });
  const server = await startServer({ app, logger, host: "127.0.0.1", port: 0, socketStalledMs: 1_000 });
  const sockets: Socket[] = [];
  try {
    const job = await fixture.submit();
    for (let i = 0; i < readers; i++) {
      const request = i % 2 === 0 ? "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" : handshake("/ws/events");
      const socket = await openRaw(server.url, request);
      sockets.push(socket);
      socket.pause();
    }
    const seen: string[] = [];
    const leave = new AbortController();
    const good = (async () => {
      for await (const { id, event } of readFrames(
        await fetch(`${server.url}/api/v1/events`, { signal: leave.signal }),
      ))
        if (event === "job") seen.push(id ?? "");
    })().catch(() => undefined);
    await eventually(() => seen.length === 1);
    Bun.gc(true);
    const before = process.memoryUsage().rss;
    let most = 0;
    const told: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const data = { ...toJobResource(job), labels: { filler: filler + round } };
      told.push(await fixture.deps.events.append(ownerTopic(localOwner), { type: "job", data }));
      await fixture.deps.events.append(jobTopic(job.id), { type: "job", data });
      if (round % 20 !== 0) continue;
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    await eventually(() => seen.at(-1) === told.at(-1), { message: "the good reader has all" });
    expect(seen.slice(1)).toEqual(told);
    // What was sent to each of them: 24 MB, 2.4 GB in all. The log itself keeps 16 MB of it, and on a busy machine what was closed is
    // collected late.
    expect(most).toBeLessThan((readers * rounds * filler.length) / 4);
    await eventually(() => listening === 1, { message: "the others are closed" });
    leave.abort();
    await good;
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.stop({ graceMs: 0 });
  }
}, 90_000);
