import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { eventually, findTools } from "@vidferry/testing";
import { runCommand } from "./command.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const limitMs = 180_000;
const good = "2031.01.01";
const bad = "2031.02.02";
let scene: Scene;
let service: Service;
let index: ReturnType<typeof Bun.serve>;

/** The genuine yt-dlp of this machine under another version, as an index would hand it out; `edit` spoils it. */
async function makeWheel(folder: string, version: string, edit: (source: string) => string): Promise<void> {
  const python = join(dirname(findTools().ytDlp), "python");
  const found = spawnSync(python, ["-c", "import yt_dlp; print(yt_dlp.__path__[0])"], { encoding: "utf8" });
  const draft = join(folder, version);
  await mkdir(join(draft, `yt_dlp-${version}.dist-info`), { recursive: true });
  await writeFile(join(draft, `yt_dlp-${version}.dist-info/METADATA`), "Name: yt-dlp\n");
  const source = join(draft, "yt_dlp");
  await cp(found.stdout.trim(), source, { recursive: true, filter: (name) => !name.endsWith("__pycache__") });
  const versionFile = join(source, "version.py");
  const said = await readFile(versionFile, "utf8");
  await writeFile(versionFile, said.replace(/__version__ = '[^']+'/, `__version__ = '${version}'`));
  const video = join(source, "extractor/youtube/_video.py");
  await writeFile(video, edit(await readFile(video, "utf8")));
  const wheel = join(folder, `yt_dlp-${version}-py3-none-any.whl`);
  const made = spawnSync(python, ["-m", "zipfile", "-c", wheel, "yt_dlp", `yt_dlp-${version}.dist-info`], {
    cwd: draft,
  });
  if (made.status !== 0) throw new Error(String(made.stderr));
}

beforeAll(async () => {
  scene = await setScene();
  const wheels = await scene.folder("wheels");
  await makeWheel(wheels, good, (source) => source);
  await makeWheel(wheels, bad, (source) =>
    source.replace(/(\n {4}def _real_extract\(self, url\):\n)/, "$1        raise ExtractorError('Outgrown')\n"),
  );
  index = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname !== "/simple/yt-dlp/") return new Response(Bun.file(join(wheels, pathname.slice(1))));
      const names = (await readdir(wheels)).filter((name) => name.endsWith(".whl"));
      const files = await Promise.all(
        names.map(async (filename) => {
          const sha256 = createHash("sha256")
            .update(await readFile(join(wheels, filename)))
            .digest("hex");
          return { filename, url: `/${filename}`, hashes: { sha256 } };
        }),
      );
      return Response.json({ name: "yt-dlp", files });
    },
  });
  service = await startService(scene, { ENGINE_INDEX: `${index.url}simple`, ENGINE_LOOK: "on" });
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await index?.stop(true);
  await scene?.[Symbol.asyncDispose]();
}, limitMs);

const vidferry = (...args: readonly string[]) =>
  runCommand(["engine", ...args], { cwd: scene.home, env: { ...scene.env, ENGINE_INDEX: `${index.url}simple` } });
const run = () =>
  service.run({ url: scene.youtube.url("muxedOnly01"), output: { type: "transcript" }, maxAttempts: 1 });
const health = async (): Promise<string> => await (await fetch(`${service.url}/health/detailed`)).text();

describe("vidferry engine", () => {
  test(
    "installs versions side by side, and uses none of them until it is told",
    async () => {
      const own = (await run()).engine?.ytDlp;
      await eventually(async () => (await health()).includes(`${bad} is out`), { timeoutMs: 60_000 });
      expect((await vidferry("list", "--available")).stdout).toBe(
        `used: the yt-dlp of the settings\nnewest in the index, when it was last looked at: ${bad}\navailable, the newest first: ${bad}, ${good}\n`,
      );
      expect(await vidferry("install", good)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(good) });
      expect((await vidferry("list")).stdout).toContain(`on this machine: ${good}`);
      expect((await run()).engine?.ytDlp).toBe(own);
      const none = await vidferry("install", "2031.03.03");
      expect([none.exitCode === 0, none.stderr]).toEqual([false, expect.stringContaining(`its newest is ${bad}`)]);
      expect((await vidferry("rollback")).stderr).toContain("There is no version to go back to.");
    },
    limitMs,
  );

  test(
    "has a running service use another version, and go back",
    async () => {
      expect((await vidferry("use", good, "--share", "100")).stdout).toContain(`used: ${good}`);
      await eventually(async () => (await run()).engine?.ytDlp === good, { timeoutMs: 60_000, intervalMs: 1_000 });
      expect(await run()).toMatchObject({ state: "succeeded", engine: { ytDlp: good } });
      expect(await health()).toContain(`${good} is used`);
    },
    limitMs,
  );

  test(
    "leaves a version that fails while it is tried, without being told",
    async () => {
      expect((await vidferry("use", bad, "--share", "99")).stdout).toContain(`tried: ${bad} on 99 %`);
      await eventually(async () => (await run()).error?.code === "source_error", {
        timeoutMs: 60_000,
        intervalMs: 1_000,
      });
      await eventually(
        async () => {
          await run();
          return (await vidferry("list")).stdout.includes(`left: ${bad}`);
        },
        { timeoutMs: 120_000, intervalMs: 500 },
      );
      await eventually(async () => (await health()).includes(`${bad} was left`), { timeoutMs: 60_000 });
      expect(await run()).toMatchObject({ state: "succeeded", engine: { ytDlp: good } });
      expect((await vidferry("rollback")).stdout).toContain("used: the yt-dlp of the settings");
    },
    limitMs,
  );
});
