import { describe, expect, test } from "bun:test";
import { AppError, type Scope, toJobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { type Auth, createOpenAuth } from "../../auth/auth.ts";
import { aborted } from "../../testing/fake-service.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { readFrames, startHarness } from "../../testing/live-server.ts";
import { idOf, makeArtifact, makeJob } from "../../testing/samples.ts";

const page = "https://app.example";
const artifact = makeArtifact(1, 4);
const job = makeJob(1, { owner: "ada", state: "running", artifacts: [artifact] });

/** Keys are the owner's name and the scope: `ada downloads:read`. */
const auth: Auth = {
  ...createOpenAuth(),
  mode: "keys",
  authenticate: async ({ headers }) => {
    const [owner, scope] = headers.get("x-api-key")?.split(" ") ?? [];
    if (owner === undefined) throw new AppError("unauthorized");
    return { owner, scopes: [scope as Scope], keyId: idOf("key", 1), secretHash: null };
  },
};
const key = (text = "ada downloads:read") => ({ "x-api-key": text });

async function start() {
  const harness = await startHarness({ auth, config: { corsOrigins: [page] } });
  const { service, url } = harness;
  service.jobs.set(job.id, job);
  service.onFollowAll = async function* (owner, { signal }) {
    yield { id: "1-1", type: "job", data: toJobResource({ ...job, labels: { owner } }) };
    await aborted(signal);
  };
  const ticket = async (headers = key()): Promise<string> => {
    const response = await fetch(`${url}/api/v1/tickets`, { method: "POST", headers });
    expect(response.status).toBe(201);
    return ((await response.json()) as { ticket: string }).ticket;
  };
  /** Follows until the first event. */
  const first = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, { headers });
    if (response.status !== 200) return response.status;
    for await (const { data } of readFrames(response)) if (data !== undefined) return JSON.parse(data) as object;
    return undefined;
  };
  return { ...harness, ticket, first };
}

describe("tickets", () => {
  test("a ticket opens one stream as its key would, once", async () => {
    const { ticket, first, service } = await start();
    for (const path of ["/api/v1/events", `/api/v1/downloads/${job.id}/events`]) {
      const text = await ticket();
      expect(await first(`${path}?ticket=${text}`)).toMatchObject({ id: job.id });
      expect(await first(`${path}?ticket=${text}`)).toBe(401);
    }
    expect(service.tickets.size).toBe(0);
    const bobs = await ticket(key("bob downloads:read"));
    expect(await first(`/api/v1/downloads/${job.id}/events?ticket=${bobs}`)).toBe(404);
    expect(await first(`/api/v1/events?ticket=${await ticket(key("bob downloads:read"))}`)).toMatchObject({
      labels: { owner: "bob" },
    });
  });

  test("a ticket opens a WebSocket, once", async () => {
    const { ticket, url, service } = await start();
    for (const path of ["/ws/events", `/ws/progress/${job.id}`]) {
      const address = `${url.replace("http", "ws")}${path}?ticket=${await ticket()}`;
      const frames: string[] = [];
      const socket = new WebSocket(address);
      socket.addEventListener("message", ({ data }) => frames.push(String(data)));
      await eventually(() => frames.length > 0);
      expect(JSON.parse(frames[0] ?? "")).toMatchObject({ event: "job", data: { id: job.id } });
      socket.close();
      const again = new WebSocket(address);
      const closed = new Promise<CloseEvent>((resolve) => again.addEventListener("close", resolve));
      expect((await closed).code).not.toBe(1000);
    }
    await eventually(() => service.following.count === 0);
  });

  test("a ticket opens nothing but streams", async () => {
    const { ticket, url, service } = await start();
    const text = await ticket();
    for (const path of [
      "/api/v1/downloads",
      `/api/v1/downloads/${job.id}`,
      `/api/v1/downloads/${job.id}/files/${artifact.id}`,
    ]) {
      const response = await fetch(`${url}${path}?ticket=${text}`);
      expect({ path, status: response.status }).toEqual({ path, status: 401 });
    }
    for (const headers of [{ authorization: `Bearer ${text}` }]) {
      expect((await fetch(`${url}/api/v1/events`, { headers })).status).toBe(401);
    }
    expect((await fetch(`${url}/api/v1/tickets?ticket=${text}`, { method: "POST" })).status).toBe(401);
    expect(service.tickets.size).toBe(1);
  });

  test("a ticket of a foreign page is refused and not used up", async () => {
    const { ticket, first, service } = await start();
    const text = await ticket();
    expect(await first(`/api/v1/events?ticket=${text}`, { origin: "https://evil.example" })).toBe(403);
    expect(await first(`/ws/events?ticket=${text}`, { origin: "https://evil.example" })).toBe(403);
    expect(service.tickets.size).toBe(1);
    expect(await first(`/api/v1/events?ticket=${text}`, { origin: page })).toMatchObject({ id: job.id });
  });

  test("what is no ticket is refused, whatever it looks like, also beside a key", async () => {
    const { ticket, first } = await start();
    const text = await ticket();
    for (const forged of [
      "",
      "x",
      text.slice(0, -1),
      `${text}A`,
      text.toUpperCase(),
      encodeURIComponent(`${text}\0`),
    ]) {
      expect({ forged, answer: await first(`/api/v1/events?ticket=${forged}`, key()) }).toEqual({
        forged,
        answer: 401,
      });
    }
  });

  test("needs a key that may read, and is told no longer than it is good for", async () => {
    const { send } = createHarness({ auth });
    await expectProblem(await send("POST", "/api/v1/tickets"), 401, "unauthorized");
    await expectProblem(await send("POST", "/api/v1/tickets", undefined, key("ada files:read")), 403, "forbidden");
    const answer = (await (await send("POST", "/api/v1/tickets", undefined, key())).json()) as { expiresAt: string };
    const left = Date.parse(answer.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  test("no log and no error has a ticket in it", async () => {
    const { ticket, first, logger, service, url } = await start();
    const texts = [await ticket(), await ticket(), await ticket()];
    await first(`/api/v1/events?ticket=${texts[0]}`);
    await first(`/api/v1/events?ticket=${texts[0]}`);
    await first(`/api/v1/downloads/none/events?ticket=${texts[1]}`);
    service.onFollowAll = async function* () {
      yield { id: "1-1", type: "job", data: toJobResource(job) };
      throw new Error("the log went away");
    };
    await first(`/api/v1/events?ticket=${texts[2]}`);
    const refused = await (await fetch(`${url}/api/v1/events?ticket=${texts[1]}`)).text();
    await eventually(() => logger.lines.length >= 7);
    for (const text of texts) expect(JSON.stringify(logger.lines) + refused).not.toContain(text);
  });

  test("with keys off, pages are served alike", async () => {
    const { send, service } = createHarness();
    const { ticket } = (await (await send("POST", "/api/v1/tickets")).json()) as { ticket: string };
    expect((await send("HEAD", `/api/v1/events?ticket=${ticket}`)).status).toBe(200);
    expect(service.tickets.size).toBe(0);
    await expectProblem(await send("GET", `/api/v1/events?ticket=${ticket}`), 401, "unauthorized");
  });
});
