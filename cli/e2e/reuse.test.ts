import { afterAll, beforeAll, expect, test } from "bun:test";
import type { SampleVideo } from "@vidferry/testing";
import { onlyWhole } from "@vidferry/testing";
import { type Scene, setScene } from "./scene.ts";
import { nothingIsLeft, type Service, startService } from "./service.ts";

const testWhole = onlyWhole(test);

const limitMs = 300_000;
const mebibyte = 1_048_576;

/** Videos of one file that take a few seconds to arrive. */
const steady = (id: string): SampleVideo => ({
  id,
  title: `Steady ${id}`,
  itags: [18],
  mediaBytes: 8 * mebibyte,
  mediaFaults: { bytesPerSecond: 2 * mebibyte },
});

let scene: Scene;
/** The one that runs; tests that kill it start the next. */
let service: Service;
beforeAll(async () => {
  const videos = [
    ...["sharedVid01"].map(steady),
    ...["sharedVid03", "sharedVid04"].map((id) => ({ id, title: "Quick", itags: [18] })),
  ];
  // A kill may come between the note that a job waits and the end of its folder, which only the sweep finds then.
  scene = await setScene({ catalogue: { videos }, env: { REUSE: "owner", ORPHAN_SECONDS: "10" } });
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

const textOf = async (url: string): Promise<string> =>
  new Bun.CryptoHasher("sha256").update(await (await fetch(service.url + url)).arrayBuffer()).digest("hex");

/** Posts a link once its media is under way, and again and again; all but the first wait for it. */
async function joined(videoId: string) {
  const url = scene.youtube.url(videoId);
  const first = await service.submit({ url });
  await service.until(first.id, ({ stage }) => stage === "downloading", "the media under way");
  const second = await service.submit({ url: `https://youtu.be/${videoId}?t=3`, labels: { a: "b" } });
  const waiting = await service.until(second.id, ({ waitingFor }) => waitingFor?.reason === "reuse", "waiting");
  expect(waiting).toMatchObject({ state: "queued", nextAttemptAt: null });
  return [first.id, second.id] as const;
}

test(
  "a video that is kept is there when it is asked for again, and stays when the first job is deleted",
  async () => {
    const url = scene.youtube.url("sharedVid03");
    const first = await service.run({ url });
    const before = scene.youtube.requests.length;
    const second = await service.submit({ url, fileName: "{id}" });
    expect(second).toMatchObject({
      state: "succeeded",
      reusedFrom: first.id,
      artifacts: [{ fileName: "sharedVid03.mp4" }],
    });
    expect(scene.youtube.requests.length).toBe(before);
    const file = await textOf(first.artifacts[0]?.url ?? "");
    await fetch(`${service.url}/api/v1/downloads/${first.id}`, { method: "DELETE" });
    expect(await textOf(second.artifacts[0]?.url ?? "")).toBe(file);
    expect(await service.run({ url, reuse: "never" })).toMatchObject({ state: "succeeded", reusedFrom: null });
  },
  limitMs,
);

testWhole(
  "jobs for one video at the same time fetch it once, also when the service is killed meanwhile",
  async () => {
    const [first, second] = await joined("sharedVid01");
    expect(await service.end("SIGKILL")).toBeNull();
    service = await startService(scene);
    expect(await service.finished(first)).toMatchObject({ state: "succeeded", reusedFrom: null });
    expect(await service.finished(second)).toMatchObject({ state: "succeeded", reusedFrom: first, labels: { a: "b" } });
    await nothingIsLeft(scene);
  },
  limitMs,
);

const probe = async (id: string, more: object = {}): Promise<unknown> => {
  const body = JSON.stringify({ url: scene.youtube.url(id), ...more });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${service.url}/api/v1/probe`, { method: "POST", headers, body });
  return await answer.json();
};
/** How often the site was asked what the video is. */
const looksAt = (id: string): number =>
  scene.youtube.requests.filter(({ path, query }) => path === "/watch" && query["v"] === id).length;

testWhole(
  "a probe and the downloads after it ask the source once, also when the service was killed in between",
  async () => {
    expect(await probe("sharedVid04")).toMatchObject({ kind: "video", media: { title: "Quick" } });
    await service.end("SIGKILL");
    service = await startService(scene);
    const url = scene.youtube.url("sharedVid04");
    expect(await service.run({ url })).toMatchObject({ state: "succeeded", media: { title: "Quick" } });
    await service.run({ url, output: { type: "audio" } });
    await probe("sharedVid04");
    expect(looksAt("sharedVid04")).toBe(1);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('vidferry_looks_total{purpose="attempt",how="kept"} 2');
    expect(metrics).toContain('vidferry_looks_total{purpose="probe",how="kept"} 1');
    await probe("sharedVid04", { reuse: "never" });
    expect(looksAt("sharedVid04")).toBe(2);
    expect(await probe("sharedVid04", { egress: "nowhere" })).toMatchObject({
      ...{ code: "invalid_request", errors: [{ path: "/egress" }] },
    });
    await nothingIsLeft(scene);
  },
  limitMs,
);
