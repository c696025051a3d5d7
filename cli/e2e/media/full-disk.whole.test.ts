import { expect, test } from "bun:test";
import { eventually, tempDir } from "@vidferry/testing";
import { filesBelow } from "../scene.ts";
import { jobProcesses } from "../service.ts";
import { mayMount, mountSmallDisk } from "../small-disk.ts";
import { setMediaScene } from "./media-scene.ts";

// Only root can make a disk that is small enough to be filled.
test.if(mayMount)(
  "a disk that fills up while the result is made gives disk_full and no file, and the job goes on when there is room",
  async () => {
    await using folder = await tempDir("vidferry-small-disk");
    using disk = mountSmallDisk(folder.path, "4m");
    await using scene = await setMediaScene({ WORK_DIR: folder.path, MIN_FREE_BYTES: "64KiB" });
    const { service, origin } = scene;
    // Thirty times as much is made of it as is fetched, which nobody knows beforehand.
    scene.make("-f", "lavfi", "-i", "sine=d=90", "-c:a", "aac", "-b:a", "24k", "small.m4a");
    const output = { type: "audio", format: "wav" } as const;
    const { id } = await service.submit({ url: origin.url("small.m4a"), output, maxAttempts: 10 });

    const failed = await service.until(id, ({ error }) => error !== null, "the first failure");
    expect(failed).toMatchObject({ state: "queued", error: { code: "disk_full", retryable: true }, artifacts: [] });
    expect(await filesBelow(`${scene.scene.home}/data/files/jobs`)).toEqual([]);
    await eventually(async () => {
      const files = await filesBelow(`${folder.path}/jobs/${id}`);
      return jobProcesses(scene.scene).length === 0 && files.every((path) => !/result.*\.(tmp|wav)/.test(path));
    });

    disk.resize("64m");
    const done = await service.finished(id);
    expect(done).toMatchObject({ state: "succeeded", error: null, artifacts: [{ kind: "audio" }] });
    expect(done.artifacts[0]?.durationSeconds).toBeCloseTo(90, 0);
    await eventually(async () => (await filesBelow(`${folder.path}/jobs`)).length === 0);
  },
  180_000,
);
