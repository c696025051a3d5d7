import { describe, expect, test } from "bun:test";
import { AppError } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { type Auth, createOpenAuth } from "../auth/auth.ts";
import { startHarness } from "../testing/live-server.ts";
import { exchange, openRaw, readRaw } from "../testing/raw-client.ts";
import { makeArtifact, makeJob } from "../testing/samples.ts";
import { startServer } from "./server.ts";

const url = "https://youtu.be/dQw4w9WgXcQ";

const keys: Auth = {
  ...createOpenAuth(),
  mode: "keys",
  authenticate: async () => ({
    owner: "local",
    scopes: ["downloads:read", "files:read"],
    keyId: null,
    secretHash: null,
  }),
};

describe("startServer", () => {
  test("serves the app and names its address", async () => {
    const { url: address } = await startHarness();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${address}/livez`)).status).toBe(200);
  });

  test("serves clients of HTTP/1.0, which need not name a host", async () => {
    const { url: address } = await startHarness();
    expect((await exchange(address, "GET /livez HTTP/1.0\r\n\r\n")).status).toBe(200);
  });

  test.each([
    "Host: a:1@b",
    "Host: a/b",
    "Host: 127.0.0.1\r\nHost: evil.example",
    "Host: 127.0.0.1\r\nhost: 127.0.0.1",
  ])("refuses %j with 400", async (host) => {
    for (const auth of [createOpenAuth(), keys]) {
      const { url: address } = await startHarness({ auth });
      for (const path of ["/livez", "/api/v1/downloads", "/ws/progress/x"]) {
        const upgrade = path.startsWith("/ws") ? "Upgrade: websocket\r\n" : "";
        const head = `GET ${path} HTTP/1.1\r\n${host}\r\nConnection: close, upgrade\r\n${upgrade}\r\n`;
        const { status, headers, text } = await exchange(address, head);
        expect([status, headers["content-type"]]).toEqual([400, "application/problem+json"]);
        expect(JSON.parse(text)).toMatchObject({ status: 400, code: "invalid_request" });
      }
    }
  });

  test("answers TRACE as it does any method that a path does not take", async () => {
    const { url: address } = await startHarness();
    const trace = (path: string) =>
      exchange(address, `TRACE ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: secret=1\r\nConnection: close\r\n\r\n`);
    const refused = await trace("/api/v1/downloads");
    expect([refused.status, refused.headers["allow"]]).toEqual([405, "GET, HEAD, OPTIONS, POST"]);
    expect(refused.text).not.toContain("secret");
    expect((await trace("/nothing")).status).toBe(404);
  });

  test.each([
    ["no HTTP at all", "GARBAGE\r\n\r\n", 400],
    ["headers without end", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(100_000)}\r\n\r\n`, 431],
  ])("answers %s with a problem", async (_what, text, status) => {
    const { url: address } = await startHarness();
    const answer = await exchange(address, text);
    expect([answer.status, answer.headers["content-type"]]).toEqual([status, "application/problem+json"]);
    expect(JSON.parse(answer.text)).toMatchObject({ status, code: "invalid_request" });
  });

  test("closes connections that ask for nothing while there are too many, and no other", async () => {
    const { url: address } = await startHarness({ maxConnections: 10, requestTimeoutMs: 600_000 });
    const head = "Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close";
    const asking = await openRaw(address, `POST /api/v1/downloads HTTP/1.1\r\n${head}\r\n\r\n`);
    const idle = await Promise.all(
      ["", "GET /livez HTTP/1.1\r\nHost: ", "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"].flatMap((text) =>
        Array.from({ length: 10 }, () => openRaw(address, text)),
      ),
    );
    for (const connection of idle) connection.resume();
    await eventually(() => idle.every(({ closed }) => closed));
    expect((await exchange(address, "GET /livez HTTP/1.0\r\n\r\n")).status).toBe(200);
    asking.write("{}");
    expect((await readRaw(asking)).status).toBe(422);
  });

  test("closes connections on which no request arrives in time", async () => {
    const { url: address } = await startHarness({ requestTimeoutMs: 100 });
    for (const start of [
      "",
      "GET /livez HTTP/1.1\r\nHost",
      "POST /api/v1/probe HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    ])
      expect([0, 408]).toContain((await exchange(address, start)).status);
  });

  test("rejects when the port is taken", async () => {
    const { app, url: address, logger } = await startHarness();
    const port = Number(new URL(address).port);
    const second = startServer({ app, host: "127.0.0.1", port, logger });
    await expect(second).rejects.toMatchObject({
      code: "unavailable",
      message: `Something else listens on 127.0.0.1:${port}.`,
    });
  });

  test("waits for requests that run, and cuts them off after the grace", async () => {
    const { server, service, url: address } = await startHarness();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let entered = 0;
    service.probe = async () => {
      entered++;
      await held;
      return {
        kind: "playlist",
        id: "x",
        title: null,
        channel: null,
        webpageUrl: url,
        count: null,
        entries: [],
        nextCursor: null,
      };
    };
    const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ url }) };
    const answer = fetch(`${address}/api/v1/probe`, request);
    await eventually(() => entered === 1);
    const stopped = server.stop({ graceMs: 10_000 });
    release();
    expect((await answer).status).toBe(200);
    await stopped;
    await expect(fetch(`${address}/livez`)).rejects.toThrow();
  });

  test("cuts off what outlasts the grace, and stopping twice is one stop", async () => {
    const { server, service, logger, url: address } = await startHarness();
    let entered = 0;
    service.probe = async (_, { signal }) => {
      entered++;
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      throw signal.reason;
    };
    const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ url }) };
    const answer = fetch(`${address}/api/v1/probe`, request).then(
      (response) => response.status,
      () => "cut off",
    );
    await eventually(() => entered === 1);
    await Promise.all([server.stop({ graceMs: 50 }), server.stop({ graceMs: 50 })]);
    expect(await answer).toBe("cut off");
    expect(logger.lines.filter((line) => line.message === "requests were cut off")).toHaveLength(1);
  });

  test("sends files and their HEAD with true lengths over the wire", async () => {
    const { service, url: address } = await startHarness();
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const artifact = makeArtifact(1, bytes.length);
    const job = makeJob(1, { state: "succeeded", artifacts: [artifact] });
    service.jobs.set(job.id, job);
    service.files.set(artifact.id, bytes);
    const file = `${address}/api/v1/downloads/${job.id}/files/${artifact.id}`;
    const head = await fetch(file, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("60000");
    const part = await fetch(file, { headers: { Range: "bytes=59990-" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-length")).toBe("10");
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(59_990));
    expect(new Uint8Array(await (await fetch(file)).arrayBuffer())).toEqual(bytes);
  });

  test("refuses a large body over the wire, announced or in chunks, with a problem", async () => {
    const { url: address } = await startHarness();
    const body = JSON.stringify({ url, labels: { a: "x".repeat(100_000) } });
    const headers = { "content-type": "application/json" };
    for (const sent of [body, new Blob([body]).stream()]) {
      const response = await fetch(`${address}/api/v1/downloads`, { method: "POST", headers, body: sent });
      expect(response.status).toBe(413);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
    }
    expect((await fetch(`${address}/livez`)).status).toBe(200);
  });

  test("reads a body no further than the answer needs: after 401 and 413 the connection is closed", async () => {
    const refuses: Auth = {
      ...createOpenAuth(),
      mode: "keys",
      authenticate: async () => {
        throw new AppError("unauthorized");
      },
    };
    for (const [auth, status] of [
      [refuses, 401],
      [createOpenAuth(), 413],
    ] as const) {
      const { url: address } = await startHarness({ auth });
      const head = "POST /api/v1/downloads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
      const socket = await openRaw(address, `${head}Transfer-Encoding: chunked\r\n\r\n`);
      const answer = readRaw(socket);
      const part = `8000\r\n${" ".repeat(0x8000)}\r\n`;
      let taken = 0;
      const most = 512 * 1024 ** 2;
      while (!socket.closed && taken < most) {
        taken += part.length;
        if (socket.write(part)) continue;
        const before = socket.bytesWritten;
        await eventually(() => socket.closed || socket.bytesWritten > before || socket.writableLength === 0, {
          intervalMs: 1,
        });
      }
      // At most what the socket buffers of both sides hold, not the whole body.
      expect(taken).toBeLessThan(most / 8);
      expect([(await answer).status, (await answer).headers["content-type"]]).toEqual([
        status,
        "application/problem+json",
      ]);
    }
  });

  test("an announced body that is too large is refused before it comes", async () => {
    const { url: address } = await startHarness();
    const head = "POST /api/v1/downloads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
    const answer = await exchange(address, `${head}Content-Length: 999999999\r\n\r\n`);
    expect([answer.status, answer.headers["content-type"]]).toEqual([413, "application/problem+json"]);
  });
});
