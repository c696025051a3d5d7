import { describe, expect, test } from "bun:test";
import { createServiceFixture, eventually, roomyLimits } from "@vidferry/testing";
import { finishJobOnce } from "../../jobs/manage-job.ts";
import type { AttemptLimits } from "../limits.ts";
import { watchFinish } from "./watch-finish.ts";

/** A recording that is watched, and a disk with so much room. */
async function watched(limits: Partial<AttemptLimits> = {}, freeBytes = Number.MAX_SAFE_INTEGER) {
  const fixture = await createServiceFixture();
  const job = await fixture.claim(await fixture.submit());
  const workFolders = { ...fixture.deps.workFolders, freeBytes: async () => freeBytes };
  const drain = new AbortController();
  const watch = watchFinish(
    { deps: { ...fixture.deps, workFolders }, job, limits: { ...roomyLimits, ...limits } },
    { finish: drain.signal, signal: new AbortController().signal },
  );
  return {
    fixture,
    job,
    drain,
    watch,
    async [Symbol.asyncDispose]() {
      watch.stop();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

describe("a recording is finished", () => {
  test("when its owner asks for it, without a word of it", async () => {
    await using scene = await watched();
    const { fixture, job, watch } = scene;
    const media = {
      ...{
        extractor: "x",
        id: "x",
        title: "x",
        channel: null,
        durationSeconds: null,
        webpageUrl: "https://x.example/",
      },
      ...{ thumbnailUrl: null, uploadedAt: null, isLive: true, chapters: [] },
    };
    await fixture.deps.database.attempts.heartbeat({ jobId: job.id, attempt: job.attempt }, 5_000, { media });
    expect(watch.finish.aborted).toBeFalse();
    await finishJobOnce(fixture.deps, job.id, job.owner, null);
    await eventually(() => watch.finish.aborted);
    expect(watch.reason).toBeNull();
  });

  test("when the process shuts down", async () => {
    await using scene = await watched();
    scene.drain.abort();
    expect(scene.watch.finish.aborted).toBeTrue();
    expect(scene.watch.reason).toContain("shut down");
  });

  test("before it is larger than a file may be", async () => {
    await using scene = await watched({ maxFileBytes: 1_000 });
    scene.watch.weigh(900);
    expect(scene.watch.finish.aborted).toBeFalse();
    scene.watch.weigh(980);
    expect(scene.watch.reason).toContain("1000 bytes");
  });

  test("while there is room to make its file", async () => {
    await using scene = await watched({ minFreeBytes: 1_000 }, 3_000);
    scene.watch.weigh(1_000);
    await eventually(() => scene.watch.finish.aborted);
    expect(scene.watch.reason).toContain("no room");
  });

  test("only as the recording of a live stream", async () => {
    await using scene = await watched();
    const finish = finishJobOnce(scene.fixture.deps, scene.job.id, scene.job.owner, null);
    await expect(finish).rejects.toMatchObject({ code: "invalid_state" });
  });
});
