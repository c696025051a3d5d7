import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "@vidferry/core/testing";
import { type Auth, createOpenAuth } from "./auth/auth.ts";
import { startServer } from "./server.ts";
import { idOf, makeArtifact, makeJob } from "./testing/fake-service.ts";
import { startHarness } from "./testing/live-server.ts";

const url = "https://youtu.be/dQw4w9WgXcQ";

/** The status that is answered to a request as it stands. */
async function statusOf(address: string, request: string): Promise<number> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.write(request);
  const [answer] = (await once(socket, "data")) as [Uint8Array];
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(new TextDecoder().decode(answer))?.[1]);
}

describe("startServer", () => {
  test("serves the app and names its address", async () => {
    const { url: address } = await startHarness();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${address}/livez`)).status).toBe(200);
  });

  test("answers requests whose Host header is missing or makes no address as mistakes of the client", async () => {
    const keys: Auth = {
      mode: "keys",
      authenticate: async () => ({ owner: "local", scopes: ["read"], keyId: null }),
    };
    for (const [auth, expected] of [
      [createOpenAuth(), 422],
      [keys, 404],
    ] as const) {
      const { url: address, service } = await startHarness({ auth });
      for (const number of [1, 2]) service.jobs.set(idOf("job", number), makeJob(number));
      const heads = ["HTTP/1.0", "HTTP/1.1\r\nHost: a:1@b", "HTTP/1.1\r\nHost:"];
      const statuses = heads.map((head) => statusOf(address, `GET /api/v1/downloads?limit=1 ${head}\r\n\r\n`));
      expect(await Promise.all(statuses)).toEqual(heads.map(() => expected));
    }
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
});
