import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { eventually, findTools } from "@vidferry/testing";
import { runCommand } from "./command.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const limitMs = 180_000;
const good = "2031.01.01";
const bad = "2031.02.02";
const python = join(dirname(findTools().ytDlp), "python");
let scene: Scene;
let service: Service;
let index: ReturnType<typeof Bun.serve>;

/**
 * A package that an index would hand out as yt-dlp: it names another version, and has its modules from the genuine one of this
 * machine. `spoil` is Python that is run once those are loaded.
 */
async function makeWheel(folder: string, genuine: string, version: string, spoil = ""): Promise<void> {
  const draft = join(folder, version);
  await mkdir(join(draft, "yt_dlp"), { recursive: true });
  await mkdir(join(draft, `yt_dlp-${version}.dist-info`));
  await writeFile(join(draft, `yt_dlp-${version}.dist-info/METADATA`), "Name: yt-dlp\n");
  const init = `__path__ = [${JSON.stringify(genuine)}]
from yt_dlp import version
version.__version__ = ${JSON.stringify(version)}
with open(__path__[0] + "/__init__.py", encoding="utf-8") as source:
    exec(compile(source.read(), source.name, "exec"))
${spoil}`;
  await writeFile(join(draft, "yt_dlp/__init__.py"), init);
  const wheel = join(folder, `yt_dlp-${version}-py3-none-any.whl`);
  const made = spawnSync(python, ["-m", "zipfile", "-c", wheel, "yt_dlp", `yt_dlp-${version}.dist-info`], {
    cwd: draft,
  });
  if (made.status !== 0) throw new Error(String(made.stderr));
}
const outgrown = `from yt_dlp.extractor.youtube import YoutubeIE
def _outgrown(self, url):
    raise utils.ExtractorError("Outgrown")
YoutubeIE._real_extract = _outgrown
`;

beforeAll(async () => {
  scene = await setScene();
  const wheels = await scene.folder("wheels");
  const find = "import importlib.util; print(importlib.util.find_spec('yt_dlp').submodule_search_locations[0])";
  const genuine = spawnSync(python, ["-c", find], { encoding: "utf8" }).stdout.trim();
  await makeWheel(wheels, genuine, good);
  await makeWheel(wheels, genuine, bad, outgrown);
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

/** Health knows of a choice only when the worker does. */
const healthSays = (what: string) => eventually(async () => (await health()).includes(what), { timeoutMs: 60_000 });

describe("vidferry engine", () => {
  test(
    "installs versions side by side, and uses none of them until it is told",
    async () => {
      const own = (await run()).engine?.ytDlp;
      await healthSays(`${bad} is out`);
      expect(await vidferry("install", good)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(good) });
      expect((await vidferry("list", "--available")).stdout).toMatch(
        new RegExp(
          `^used: the yt-dlp of the settings\nnewest in the index, when it was last looked at: ${bad}\n` +
            `on this machine: ${good} .*\navailable, the newest first: ${bad}, ${good}\n$`,
        ),
      );
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
      await healthSays(`${good} is used; ${bad} is out`);
      expect(await run()).toMatchObject({ state: "succeeded", engine: { ytDlp: good } });
      expect((await vidferry("rollback")).stdout).toContain("used: the yt-dlp of the settings");
    },
    limitMs,
  );

  // It takes a dozen failures; what is made of them is tried without a service, too.
  test(
    "has a running service leave a version that fails while it is tried",
    async () => {
      await vidferry("use", good, "--share", "100");
      expect((await vidferry("use", bad, "--share", "99")).stdout).toContain(`tried: ${bad} on 99 %`);
      await healthSays(`${bad} is tried on 99 % of the attempts`);
      await eventually(
        async () => {
          const failed = await Promise.all([run(), run(), run()]);
          expect(failed.map(({ error }) => error?.code ?? "source_error")).toEqual(failed.map(() => "source_error"));
          return (await health()).includes(`${bad} was left`);
        },
        { timeoutMs: 120_000, intervalMs: 2_000 },
      );
      expect((await vidferry("list")).stdout).toContain(`left: ${bad}`);
      expect(await run()).toMatchObject({ state: "succeeded", engine: { ytDlp: good } });
    },
    limitMs,
  );
});
