import { describe, expect, test } from "bun:test";
import { localOwner } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { createOpenAuth, type Principal } from "../auth/auth.ts";
import { aborted } from "../testing/fake-service.ts";
import { startHarness } from "../testing/live-server.ts";
import { openRaw } from "../testing/raw-client.ts";
import { idOf, makeArtifact, makeJob } from "../testing/samples.ts";

const keys = {
  ...createOpenAuth(),
  mode: "keys" as const,
  authenticate: async (request: Request) => {
    const name = request.headers.get("x-api-key") === "b" ? "b" : "a";
    return {
      owner: "owner",
      scopes: ["downloads:read", "files:read"],
      keyId: `key_${name}`,
      secretHash: null,
    } satisfies Principal;
  },
};

async function startWithJob(over: Parameters<typeof startHarness>[0]) {
  const harness = await startHarness(over);
  const artifact = makeArtifact(1, 3);
  const job = makeJob(1, { owner: over?.auth === undefined ? localOwner : "owner", artifacts: [artifact] });
  harness.service.jobs.set(job.id, job);
  harness.service.files.set(artifact.id, new Uint8Array(3));
  const paths = {
    events: `/api/v1/downloads/${job.id}/events`,
    socket: `/ws/progress/${job.id}`,
    file: `/api/v1/downloads/${job.id}/files/${artifact.id}`,
  };
  const open = (path: string, key = "a") => {
    const upgrade = path.startsWith("/ws")
      ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      : "";
    return openRaw(harness.url, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: ${key}\r\n${upgrade}\r\n`);
  };
  const status = async (path: string, key = "a") => {
    const stop = new AbortController();
    const response = await fetch(harness.url + path, { headers: { "x-api-key": key }, signal: stop.signal });
    stop.abort();
    return [response.status, response.headers.get("retry-after")];
  };
  return { ...harness, paths, open, status };
}

describe("open streams", () => {
  test("of one key have a bound, and another key still gets its own", async () => {
    const { paths, open, status, service } = await startWithJob({ auth: keys, config: { maxStreams: 4 } });
    await open(paths.events);
    const socket = await open(paths.socket);
    await eventually(() => service.following.count === 2);
    for (const path of Object.values(paths)) expect(await status(path)).toEqual([429, "5"]);
    expect(await status(paths.file, "b")).toEqual([200, null]);
    socket.destroy();
    await eventually(async () => (await status(paths.file))[0] === 200);
  });

  test("of all have a bound, beyond which nothing else is refused", async () => {
    const { paths, open, status, service } = await startWithJob({ config: { maxStreams: 2 } });
    const first = await open(paths.events);
    await open(paths.socket);
    await eventually(() => service.following.count === 2);
    for (const path of Object.values(paths)) expect(await status(path)).toEqual([503, "5"]);
    expect(await status("/livez")).toEqual([200, null]);
    expect((await status(`/api/v1/downloads/${idOf("job", 1)}`))[0]).toBe(200);
    first.destroy();
    await eventually(async () => (await status(paths.file))[0] === 200);
  });

  test("include requests that wait for the end of a job, until their clients leave; without a place none waits", async () => {
    const { paths, status, service, url } = await startWithJob({ config: { maxStreams: 1 } });
    let waits = 0;
    service.waitForEnd = async (job, { signal }) => {
      waits += 1;
      await aborted(signal);
      return job;
    };
    const submit = (signal?: AbortSignal) =>
      fetch(`${url}/api/v1/downloads`, {
        method: "POST",
        headers: { "content-type": "application/json", prefer: "wait=60" },
        body: JSON.stringify({ url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" }),
        ...(signal === undefined ? {} : { signal }),
      });
    const client = new AbortController();
    const first = submit(client.signal).catch(() => null);
    await eventually(() => waits === 1);
    expect((await status(paths.file))[0]).toBe(503);
    const second = await submit();
    expect([second.status, second.headers.get("preference-applied"), waits]).toEqual([202, null, 1]);
    client.abort();
    expect(await first).toBeNull();
    await eventually(async () => (await status(paths.file))[0] === 200);
  });

  test("give their place back when they are done, also on a connection that is kept", async () => {
    const { paths, status } = await startWithJob({ config: { maxStreams: 1 } });
    for (let transfer = 0; transfer < 5; transfer++)
      await eventually(async () => (await status(paths.file))[0] === 200);
  });

  test("of a client that left before its key was looked up take no place", async () => {
    const requests: Request[] = [];
    let lookUp = (): void => undefined;
    const lookedUp = new Promise<void>((resolve) => {
      lookUp = resolve;
    });
    const auth = {
      ...keys,
      authenticate: async (request: Request) => {
        requests.push(request);
        await lookedUp;
        return keys.authenticate(request);
      },
    };
    const { paths, open, status, logger } = await startWithJob({ auth, config: { maxStreams: 2 } });
    const clients = [await open(paths.events), await open(paths.file)];
    await eventually(() => requests.length === clients.length);
    for (const client of clients) client.destroy();
    await eventually(() => requests.every(({ signal }) => signal.aborted));
    lookUp();
    await eventually(() => logger.lines.filter(({ message }) => message === "request").length >= clients.length);
    await eventually(async () => (await status(paths.file))[0] === 200);
  });
});
