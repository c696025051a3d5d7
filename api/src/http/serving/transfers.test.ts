import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { eventually } from "@vidferry/testing";
import { startHarness } from "../../testing/live-server.ts";
import { exchange, openRaw, readRaw } from "../../testing/raw-client.ts";
import { makeArtifact, makeJob } from "../../testing/samples.ts";

const chunk = 64 * 1024;

/**
 * A stored file of this size whose bytes are made as they are read, the more than `freeBytes` only once it is let go on;
 * counts what was taken of it.
 */
async function withFile(bytes: number, options: { freeBytes?: number; stalledMs?: number } = {}) {
  const { freeBytes = bytes, stalledMs } = options;
  const harness = await startHarness(stalledMs === undefined ? {} : { transferStalledMs: stalledMs });
  const artifact = makeArtifact(1, bytes);
  const job = makeJob(1, { state: "succeeded", artifacts: [artifact] });
  harness.service.jobs.set(job.id, job);
  const seen = { taken: 0, canceled: 0 };
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  harness.service.openFile = async (_id, _owner, _artifact, range) => {
    let left = (range?.end ?? bytes - 1) - (range?.start ?? 0) + 1;
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          if (freeBytes < bytes && seen.taken >= freeBytes) await held;
          const part = Math.min(chunk, left);
          if (part === 0) return controller.close();
          left -= part;
          seen.taken += part;
          controller.enqueue(new Uint8Array(part));
        },
        cancel: () => {
          seen.canceled++;
        },
      },
      { highWaterMark: 0 },
    );
    const whole = range === undefined;
    return {
      artifact,
      blob: { key: artifact.storageKey, bytes, modifiedAt: new Date(0), body },
      range: whole ? null : { start: range.start, end: range.end ?? bytes - 1 },
    };
  };
  const path = `/api/v1/downloads/${job.id}/files/${artifact.id}`;
  return { ...harness, path, seen, letGo };
}

const request = (method: string, path: string, version: string, more = "") =>
  `${method} ${path} HTTP/${version}\r\nHost: 127.0.0.1\r\nConnection: close\r\n${more}\r\n`;

describe("a file over the wire", () => {
  test.each(["1.0", "1.1"])("has its Content-Length and no chunks, whole and in part, for HTTP/%s", async (version) => {
    const { url, path } = await withFile(1_000_000);
    const whole = await exchange(url, request("GET", path, version));
    expect([whole.status, whole.bodyBytes]).toEqual([200, 1_000_000]);
    expect(whole.headers).toMatchObject({ "content-length": "1000000" });
    expect(whole.headers["transfer-encoding"]).toBeUndefined();
    const part = await exchange(url, request("GET", path, version, "Range: bytes=5-9\r\n"));
    expect([part.status, part.bodyBytes]).toEqual([206, 5]);
    expect(part.headers).toMatchObject({ "content-length": "5", "content-range": "bytes 5-9/1000000" });
    expect(part.headers["transfer-encoding"]).toBeUndefined();
  });

  test.each(["GET", "HEAD"])("is sent as it is read to a %s that asks for a WebSocket", async (method) => {
    const { url, path, seen, letGo } = await withFile(64_000_000, { freeBytes: 1_000_000 });
    const upgrade = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    const socket = await openRaw(url, upgrade);
    const [head] = (await once(socket, "data")) as [Uint8Array];
    expect(new TextDecoder().decode(head)).toMatch(/^HTTP\/1\.1 200 .*content-length: 64000000/is);
    expect(seen.taken).toBeLessThan(64_000_000);
    socket.destroy();
    letGo();
  });

  test("HEAD has the headers of GET and no body", async () => {
    const { url, path } = await withFile(1_000_000);
    for (const range of ["", "Range: bytes=5-9\r\n"]) {
      const [head, get] = await Promise.all(
        ["HEAD", "GET"].map((method) => exchange(url, request(method, path, "1.1", range))),
      );
      const { date: _one, "x-request-id": _id, ...headHeaders } = head!.headers;
      const { date: _other, "x-request-id": _otherId, ...getHeaders } = get!.headers;
      expect(headHeaders).toEqual(getHeaders);
      expect([head!.status, head!.bodyBytes]).toEqual([get!.status, 0]);
    }
  });

  test("a transfer that runs when the server stops is finished", async () => {
    const { url, path, server, seen, letGo } = await withFile(1_000_000, { freeBytes: 200_000 });
    const answer = readRaw(await openRaw(url, request("GET", path, "1.1")));
    await eventually(() => seen.taken >= 200_000);
    const stopped = server.stop({ graceMs: 60_000 });
    letGo();
    expect((await answer).bodyBytes).toBe(1_000_000);
    await stopped;
  });

  test.each(["1.0", "1.1"])(
    "one that outlasts the grace is cut short of its Content-Length, for HTTP/%s",
    async (version) => {
      const { url, path, server, seen } = await withFile(1_000_000, { freeBytes: 200_000 });
      const answer = readRaw(await openRaw(url, request("GET", path, version)));
      await eventually(() => seen.taken >= 200_000);
      await server.stop({ graceMs: 20 });
      const { headers, bodyBytes } = await answer;
      expect(headers["content-length"]).toBe("1000000");
      expect(bodyBytes).toBeLessThan(1_000_000);
      await eventually(() => seen.canceled === 1);
    },
  );

  test("stopping again with less grace cuts at once", async () => {
    const { url, path, server, seen } = await withFile(1_000_000, { freeBytes: 200_000 });
    const answer = readRaw(await openRaw(url, request("GET", path, "1.1")));
    await eventually(() => seen.taken >= 200_000);
    const patient = server.stop({ graceMs: 600_000 });
    await server.stop({ graceMs: 0 });
    await patient;
    expect((await answer).bodyBytes).toBeLessThan(1_000_000);
  });

  test("a file that turns out shorter than was said closes the connection instead of ending the answer", async () => {
    const { url, path, service } = await withFile(1_000_000);
    const { openFile } = service;
    service.openFile = async (...args) => {
      const opened = await openFile(...args);
      return { ...opened, blob: { ...opened.blob, body: new Blob([new Uint8Array(500)]).stream() } };
    };
    // The client would keep the connection: only the server can end it.
    const kept = request("GET", path, "1.1").replace("Connection: close\r\n", "");
    const { headers, bodyBytes } = await exchange(url, kept);
    expect([headers["content-length"], bodyBytes]).toEqual(["1000000", 500]);
  });

  test("a reader that pauses costs no memory, and gets the rest when it reads on", async () => {
    const bytes = 64 * 1024 ** 2;
    const { url, path, seen } = await withFile(bytes);
    const socket = await openRaw(url, request("GET", path, "1.1"));
    socket.pause();
    let before = 0;
    // The system's buffers fill up; from then on nothing more is taken.
    const stands = () => {
      const grown = seen.taken > before;
      before = seen.taken;
      return !grown && before > 0;
    };
    await eventually(stands, { intervalMs: 200 });
    expect(before).toBeLessThan(bytes / 2);
    const answer = readRaw(socket);
    socket.resume();
    expect((await answer).bodyBytes).toBe(bytes);
  });

  test("a reader that never reads again is cut off after the stall limit, and lets go of the file", async () => {
    const { url, path, seen } = await withFile(64 * 1024 ** 2, { stalledMs: 200 });
    const socket = await openRaw(url, request("GET", path, "1.1"));
    socket.pause();
    await eventually(() => seen.canceled === 1);
    const answer = readRaw(socket);
    socket.resume();
    expect((await answer).bodyBytes).toBeLessThan(64 * 1024 ** 2);
  });

  test("a client that goes away lets go of the file", async () => {
    const { url, path, seen } = await withFile(1_000_000, { freeBytes: 200_000 });
    const socket = await openRaw(url, request("GET", path, "1.1"));
    await eventually(() => seen.taken >= 200_000);
    socket.destroy();
    await eventually(() => seen.canceled === 1);
  });
});
