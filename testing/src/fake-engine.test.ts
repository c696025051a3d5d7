import { describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localWorkFolders } from "@vidferry/core/local-disk";
import { downloaderConformance } from "./conformance/downloader.ts";
import { transcoderConformance } from "./conformance/transcoder.ts";
import { createFakeEngine } from "./fake-engine.ts";
import { tempDir } from "./temp-dir.ts";

// The fake must meet the same contract as the engine, or tests that use it prove nothing.
const kit = { describe, test, expect };

downloaderConformance({
  ...kit,
  name: "fake engine",
  url: "https://www.youtube.com/watch?v=sample00001",
  async create() {
    const dir = await tempDir();
    const folder = await localWorkFolders({ directory: dir.path }).open(`job_${"0".repeat(32)}`);
    const { downloader } = createFakeEngine();
    return { downloader, folder, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
  },
});

transcoderConformance({
  ...kit,
  name: "fake engine",
  async create() {
    const dir = await tempDir();
    const folder = join(dir.path, "results");
    await mkdir(folder);
    const [video, picture] = [join(dir.path, "video.mp4"), join(dir.path, "picture.png")];
    await writeFile(video, "a video");
    await writeFile(picture, "a picture");
    const { transcoder } = createFakeEngine();
    return { transcoder, folder, video, picture, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
  },
});
