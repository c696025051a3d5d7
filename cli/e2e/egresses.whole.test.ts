import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createServer } from "node:http";
import type { EgressResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const limitMs = 180_000;
const videos = Array.from({ length: 9 }, (_, count) => ({
  id: `egressVid0${count}`,
  title: `Video ${count}`,
  itags: [18],
  challenge: "none" as const,
}));
let scene: Scene;
let service: Service;
let serial = 0;

beforeAll(async () => {
  scene = await setScene({ catalogue: { videos } });
  service = await startService(scene, { EGRESS_COOLDOWN_SECONDS: "3600" });
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

const ask = async (method: string, path: string, body?: unknown) => {
  const headers = { "content-type": "application/json" };
  const json = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  return await fetch(`${service.url}/api/v1${path}`, { method, ...json });
};
const egresses = async () => ((await (await ask("GET", "/egresses")).json()) as { data: EgressResource[] }).data;
const egress = async (name: string) => {
  const found = (await egresses()).find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no egress ${name}`);
  return found;
};
const add = async (name: string, settings: object) => {
  const response = await ask("POST", "/egresses", { name, spacingSeconds: 0, ...settings });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as EgressResource;
};
/** The link of a video that no other test asks for. */
const link = () => {
  serial += 1;
  return scene.youtube.url(videos[serial - 1]?.id ?? "");
};

beforeEach(async () => {
  for (const { id, builtIn } of await egresses()) if (!builtIn) await ask("DELETE", `/egresses/${id}`);
});

test(
  "a job whose first egress is taken for a bot succeeds through the other, in the same attempt",
  async () => {
    const [one, other] = [await scene.youtube.addAddress(), await scene.youtube.addAddress()];
    one.turnedAway = true;
    await add("one", { proxyUrl: one.proxyUrl });
    await add("other", { proxyUrl: other.proxyUrl });
    const job = await service.run({ url: link() });
    expect(job).toMatchObject({ state: "succeeded", attempt: 1, error: null });
    expect([one.connects.length > 0, other.connects.length > 0]).toEqual([true, true]);
    expect(await egress("one")).toMatchObject({
      state: "cooling",
      reason: "youtube.com takes it for a bot (bot_check).",
      sites: [{ site: "youtube.com", state: "cooling" }],
    });
    expect(await egress("other")).toMatchObject({ state: "ready", usedThisHour: 1 });
    // It is left alone while it cools.
    const before = one.connects.length;
    expect(await service.run({ url: link() })).toMatchObject({ state: "succeeded", attempt: 1 });
    expect(one.connects).toHaveLength(before);
  },
  limitMs,
);

test(
  "jobs wait for an egress while all are turned away, count no failure, and go on when an operator resets one",
  async () => {
    const [one, other] = [await scene.youtube.addAddress(), await scene.youtube.addAddress()];
    one.turnedAway = true;
    other.turnedAway = true;
    const { id } = await add("one", { proxyUrl: one.proxyUrl });
    await add("other", { proxyUrl: other.proxyUrl });
    // The first finds it out, which is a failure of it; the second does not even ask.
    const first = await service.submit({ url: link(), maxAttempts: 2 });
    const held = await service.until(first.id, ({ waitingFor }) => waitingFor !== null, "waiting");
    expect(held).toMatchObject({ state: "queued", waitingFor: { reason: "egress" }, error: { code: "bot_check" } });
    const second = await service.submit({ url: link(), maxAttempts: 1 });
    const waiting = await service.until(second.id, ({ waitingFor }) => waitingFor?.reason === "egress", "waiting");
    expect(waiting).toMatchObject({ state: "queued", error: null });
    expect(waiting.waitingFor?.detail).toMatch(/is held back: youtube.com takes it for a bot/);
    one.turnedAway = false;
    expect((await ask("POST", `/egresses/${id}/reset`)).status).toBe(200);
    for (const job of [first, second]) expect(await service.finished(job.id)).toMatchObject({ state: "succeeded" });
  },
  limitMs,
);

test(
  "a proxy that is dead and one that answers with a web page are passed over for the next egress",
  async () => {
    const dead = await scene.youtube.addAddress();
    await dead.stop();
    const page = createServer((_, response) => response.end("<html>Sign in to this network</html>"));
    page.on("connect", (_, socket) =>
      socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>Sign in</html>"),
    );
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const { port } = page.address() as { port: number };
    try {
      const good = await scene.youtube.addAddress();
      await add("dead", { proxyUrl: dead.proxyUrl });
      await add("page", { proxyUrl: `http://ferry:s3cretOfProxy@127.0.0.1:${port}` });
      await add("good", { proxyUrl: good.proxyUrl });
      expect(await service.run({ url: link() })).toMatchObject({ state: "succeeded", attempt: 1 });
      await eventually(async () => (await egress("page")).state === "cooling");
      expect((await egress("dead")).reason).toBe("Its proxy fails: it cannot be connected to.");
      expect((await egress("page")).reason).toBe("Its proxy fails: it answers with a web page.");
      expect(JSON.stringify(await egresses()) + service.log()).not.toContain("s3cretOfProxy");
    } finally {
      page.closeAllConnections();
      await new Promise((resolve) => page.close(resolve));
    }
  },
  limitMs,
);
