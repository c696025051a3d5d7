import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createFakeEngine, eventually, type TempDir, tempDir } from "@vidferry/testing";
import { AppError } from "../errors/app-error.ts";
import type { FetchOptions } from "../pipeline/downloader.ts";
import { createVidferry } from "./create-vidferry.ts";

const url = "https://www.youtube.com/watch?v=sample00001";
let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir("vidferry-embedded");
});
afterEach(() => dir[Symbol.asyncDispose]());

const workFolders = () => (existsSync(join(dir.path, "work/jobs")) ? readdirSync(join(dir.path, "work/jobs")) : []);

/** An engine that leaves a part in its folder and then waits until it is stopped. */
function slowEngine() {
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const fetch = async ({ folder, signal }: FetchOptions) => {
    await writeFile(join(folder.path, "stream.part"), "half");
    resolve();
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  };
  return { started, ...createFakeEngine({ fetch }) };
}

describe("an embedded download without a name to resume it by leaves no work folder", () => {
  test("when it is aborted", async () => {
    const engine = slowEngine();
    await using vidferry = createVidferry({ dataDir: dir.path, ...engine });
    const stop = new AbortController();
    const download = vidferry.download({ url }, { signal: stop.signal });
    await engine.started;
    expect(workFolders().length).toBeGreaterThan(0);
    stop.abort(new Error("enough"));
    await expect(download).rejects.toThrow("enough");
    expect([workFolders(), await vidferry.list()]).toEqual([[], []]);
  });

  test("when it fails, or would have to wait for longer than was allowed", async () => {
    for (const code of ["video_private", "network_error"] as const) {
      const fetch = async ({ folder }: FetchOptions) => {
        await writeFile(join(folder.path, "stream.part"), "half");
        throw new AppError(code);
      };
      await using vidferry = createVidferry({ dataDir: dir.path, ...createFakeEngine({ fetch }) });
      await expect(vidferry.download({ url }, { maxWaitMs: 1 })).rejects.toMatchObject({ code });
      expect([workFolders(), await vidferry.list()]).toEqual([[], []]);
    }
  });

  test("when everything is closed meanwhile; it is told why", async () => {
    const engine = slowEngine();
    const vidferry = createVidferry({ dataDir: dir.path, ...engine });
    const download = vidferry.download({ url });
    download.catch(() => undefined);
    await engine.started;
    await Promise.all([vidferry.close(), vidferry.close()]);
    await expect(download).rejects.toMatchObject({ code: "unavailable" });
    expect(workFolders()).toEqual([]);
    await expect(vidferry.download({ url })).rejects.toMatchObject({ code: "unavailable" });
  });

  test.each([
    ["its data folder", true],
    ["its temporary folder", false],
  ])("when the process exits in the middle of it, in %s", async (_, named) => {
    const program = `
      import { createFakeEngine } from "@vidferry/testing";
      import { createVidferry } from "./compose/create-vidferry.ts";
      const fetch = () => { console.log("started"); return new Promise(() => setTimeout(process.exit, 50)); };
      const vidferry = createVidferry({ ...createFakeEngine({ fetch })${named ? ", dataDir: process.env.TMPDIR" : ""} });
      await vidferry.download({ url: ${JSON.stringify(url)} });`;
    const child = Bun.spawn([process.execPath, "--no-install", "-e", program], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, TMPDIR: dir.path },
      stdout: "pipe",
    });
    expect([await new Response(child.stdout).text(), await child.exited]).toEqual(["started\n", 0]);
    expect(named ? workFolders() : readdirSync(dir.path)).toEqual([]);
  });
});

test("an embedded download with a name to resume it by keeps its parts when it is aborted", async () => {
  const engine = slowEngine();
  await using vidferry = createVidferry({ dataDir: dir.path, ...engine });
  const stop = new AbortController();
  const download = vidferry.download({ url }, { signal: stop.signal, resumeAs: "mine" });
  await engine.started;
  stop.abort(new Error("later"));
  await expect(download).rejects.toThrow("later");
  const [folder] = await eventually(() => workFolders().filter((name) => !name.endsWith(".owner")));
  expect(existsSync(join(dir.path, "work/jobs", folder ?? "", "stream.part"))).toBe(true);
});

test("an embedded download that waits for its next try is tried at once when it is started again", async () => {
  let isBlocked = true;
  const fetch = async () => {
    if (isBlocked) throw new AppError("bot_check");
  };
  await using vidferry = createVidferry({ dataDir: dir.path, ...createFakeEngine({ fetch }) });
  const start = () => vidferry.download({ url }, { resumeAs: "mine", maxWaitMs: 0 });
  await expect(start()).rejects.toMatchObject({ code: "bot_check" });
  expect(await vidferry.list()).toMatchObject([{ state: "queued", waitingFor: { reason: "egress" } }]);
  isBlocked = false;
  expect(await start()).toMatchObject({ state: "succeeded", attempt: 2 });
});

describe("downloads of one program", () => {
  test("run two at a time, or as many as it says; the others wait for their turn", async () => {
    for (const [options, most] of [[{}, 2] as const, [{ concurrency: 3 }, 3] as const]) {
      let running = 0;
      const seen: number[] = [];
      const { promise: gate, resolve: open } = Promise.withResolvers<void>();
      const fetch = async () => {
        seen.push(++running);
        await gate;
        running -= 1;
      };
      await using vidferry = createVidferry({ dataDir: dir.path, ...options, ...createFakeEngine({ fetch }) });
      const ids = ["sample00001", "sample00002", "sample00003", "sample00004", "sample00005"];
      const downloads = ids.map((id) => vidferry.download({ url: `https://youtu.be/${id}` }));
      await eventually(async () => (await vidferry.list()).length === ids.length && seen.length === most);
      expect(await vidferry.list({ states: ["queued"] })).toHaveLength(ids.length - most);
      open();
      const states = (await Promise.all(downloads)).map(({ state }) => state);
      expect([states, Math.max(...seen)]).toEqual([ids.map(() => "succeeded" as const), most]);
    }
  });

  test("that wait for their turn can be given up", async () => {
    const engine = slowEngine();
    await using vidferry = createVidferry({ dataDir: dir.path, concurrency: 1, ...engine });
    vidferry.download({ url }).catch(() => undefined);
    await engine.started;
    const stop = new AbortController();
    const second = vidferry.download({ url: "https://youtu.be/sample00002" }, { signal: stop.signal });
    await eventually(async () => (await vidferry.list()).length === 2);
    stop.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    expect(await vidferry.list()).toMatchObject([{ state: "running" }]);
  });

  test.each([0, -1, 1.5, Number.NaN])("cannot be %d at a time", (concurrency) => {
    expect(() => createVidferry({ dataDir: dir.path, concurrency })).toThrow("`concurrency`: expected a whole number");
  });
});
