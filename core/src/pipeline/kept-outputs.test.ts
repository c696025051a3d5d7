import { describe, expect, test } from "bun:test";
import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRecordingLogger, tempDir } from "@vidferry/testing";
import { localWorkFolders } from "../adapters/blobs/local-disk/index.ts";
import { keptOutputs } from "./kept-outputs.ts";
import { defineStep, type Step } from "./step.ts";

const step = (name = "fetch"): Step<readonly string[]> =>
  defineStep({ name, stage: "downloading", weight: 1, inputs: {}, files: (paths) => paths, run: async () => [] });

async function createBench() {
  const dir = await tempDir("vidferry-kept-");
  const folder = await localWorkFolders({ directory: dir.path }).open("job_0000000000000000000000000000000a");
  const file = join(folder.path, "stream.mp4");
  await writeFile(file, "bytes of a video");
  const kept = keptOutputs(folder, createRecordingLogger());
  return { folder, file, kept, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

describe("the outputs that are kept for the next attempt", () => {
  test("are found again for the same inputs, and for no others", async () => {
    await using bench = await createBench();
    const { kept, file } = bench;
    expect(await kept.find(step(), { link: 1 })).toBeNull();
    await kept.keep(step(), { link: 1 }, [file]);
    expect(await kept.find(step(), { link: 1 })).toEqual({ output: [file] });
    expect(await kept.find(step(), { link: 2 })).toBeNull();
    expect(await kept.find(step("shape"), { link: 1 })).toBeNull();
  });

  test("do not count when a file of theirs is gone or has another size", async () => {
    await using bench = await createBench();
    const { kept, file } = bench;
    await kept.keep(step(), {}, [file]);
    await truncate(file, 5);
    expect(await kept.find(step(), {})).toBeNull();
    await rm(file);
    expect(await kept.find(step(), {})).toBeNull();
  });

  test("do not count when they name a file outside the work folder", async () => {
    await using bench = await createBench();
    await bench.kept.keep(step(), {}, ["/etc/hostname"]);
    expect(await bench.kept.find(step(), {})).toBeNull();
  });

  test.each(["", "{", "null", '{"version":0,"madeOf":"{}","files":[],"output":[]}', '{"version":1,"madeOf":"{}"}'])(
    "do not count when their mark is %j",
    async (text) => {
      await using bench = await createBench();
      await bench.folder.write("step-fetch.json", text);
      expect(await bench.kept.find(step(), {})).toBeNull();
    },
  );

  test("are not kept when the folder is gone, and nothing fails over it", async () => {
    await using bench = await createBench();
    await bench.folder.remove();
    await bench.kept.keep(step(), {}, [bench.file]);
    expect(await bench.kept.find(step(), {})).toBeNull();
  });
});
