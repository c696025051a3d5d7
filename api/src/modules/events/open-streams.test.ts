import { heapStats } from "bun:jsc";
import { test } from "bun:test";
import type { Socket } from "node:net";
import { createApiKey, defaultHostPolicy, localOwner } from "@vidferry/core";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { createServiceFixture, eventually } from "@vidferry/testing";
import { createApp } from "../../app.ts";
import { createKeyAuth } from "../../auth/keys.ts";
import { defaultApiConfig } from "../../config.ts";
import { createService } from "../../create-service.ts";
import { startServer } from "../../http/server.ts";
import { createLogRecorder } from "../../testing/log-recorder.ts";
import { openRaw } from "../../testing/raw-client.ts";

const streams = 60;

/** Objects that live, by type. */
function liveObjects(): Record<string, number> {
  Bun.gc(true);
  return heapStats().objectTypeCounts;
}

test.each(["/api/v1/events", "of a job"])(
  "open streams keep neither request nor answer, and nothing of how they began: %s",
  async (which) => {
    await using fixture = await createServiceFixture();
    const { key, secret } = await createApiKey(
      { ids: createIdGenerator(), clock: systemClock },
      { name: "one", owner: localOwner },
    );
    await fixture.deps.database.keys.insert(key);
    const logger = createLogRecorder();
    const service = createService(fixture.deps, {
      hosts: defaultHostPolicy,
      maxAttempts: 3,
      linkSeconds: 60,
      probe: () => Promise.reject(new Error("not here")),
    });
    const auth = createKeyAuth({ keys: fixture.deps.database.keys, clock: systemClock, logger });
    const app = createApp({ service, auth, config: defaultApiConfig, logger });
    const server = await startServer({ app, logger, host: "127.0.0.1", port: 0 });
    const sockets: Socket[] = [];
    try {
      const job = await fixture.submit();
      const path = which === "of a job" ? `/api/v1/downloads/${job.id}/events` : which;
      const open = async (): Promise<void> => {
        const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: ${secret}\r\n\r\n`;
        const socket = await openRaw(server.url, request);
        sockets.push(socket);
        let received = "";
        socket.on("data", (chunk) => {
          received += String(chunk);
        });
        await eventually(() => received.includes("event: job"));
      };
      // What the first one loads stays.
      await open();
      const before = liveObjects();
      for (let i = 0; i < streams; i++) await open();
      const more = (type: string): number => (liveObjects()[type] ?? 0) - (before[type] ?? 0);
      for (const type of ["Request", "Response", "Headers"]) await eventually(() => more(type) < streams / 4);
      // Of a job: one generator that follows it.
      await eventually(() => more("AsyncGenerator") < streams * (which === "of a job" ? 1.25 : 0.25));
    } finally {
      for (const socket of sockets) socket.destroy();
      await server.stop({ graceMs: 0 });
    }
  },
);
