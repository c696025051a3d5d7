import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, copyFile, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  findTools,
  onlyWhole,
  startMediaOrigin,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  type YouTubeDouble,
} from "@vidferry/testing";
import { supervise } from "../../process/index.ts";
import { readVersion } from "../checks.ts";
import { createWarmEngine, type WarmEngine } from "./warm-engine.ts";

// The genuine yt-dlp: whatever it keeps in its modules must not lead from one run to another.
const limitMs = 180_000;
const testWhole = onlyWhole(test);
const path = process.env["PATH"] ?? "";
let double: YouTubeDouble;
let dir: TempDir;
let warm: WarmEngine;

beforeAll(async () => {
  double = await startYouTubeDouble();
  dir = await tempDir("vidferry-warm-genuine");
  warm = createWarmEngine({ binary: findTools().ytDlp, path });
}, limitMs);
afterAll(async () => {
  warm.close();
  await double.stop();
  await dir[Symbol.asyncDispose]();
});

const version = async (engine: WarmEngine) => (await engine.loaded())?.version ?? null;

/** Looks at a video in a home of its own, with this proxy and these authorities. */
async function look(name: string, env: Readonly<Record<string, string>>, id = "muxedOnly01") {
  const home = join(dir.path, name);
  await mkdir(home);
  const fixed = "--ignore-config --no-plugin-dirs --no-update --ies youtube --compat-options no-certifi";
  const child = await warm.begin({
    args: [...fixed.split(" "), "--retries", "0", "--extractor-retries", "0", "-f", "18", "-J", "--", double.url(id)],
    reporting: [],
    printing: [],
    plugins: [],
    cwd: home,
    env: { PATH: path, HOME: home, LANG: "C.UTF-8", ...env },
    fileSizeBytes: null,
    niceness: 0,
    stdoutFile: join(home, "info.json"),
  });
  if (child === null) throw new Error("it was not begun");
  const err: string[] = [];
  const printed: string[] = [];
  const { exitCode } = await supervise(child, {
    deadlineMs: limitMs,
    onStderr: (line) => printed.push(line),
    onReport: (line) => err.push(line),
  }).done;
  return {
    exitCode,
    err: err.join("\n"),
    printed,
    title: /"title": "([^"]*)"/.exec(await readFile(join(home, "info.json"), "utf8"))?.[1],
  };
}

test(
  "runs side by side have each their own proxy and authorities",
  async () => {
    const trusting = { https_proxy: double.proxyUrl, SSL_CERT_FILE: double.caFile };
    const [good, distrusting, astray, again] = await Promise.all([
      look("good", trusting),
      look("distrusting", { https_proxy: double.proxyUrl }),
      look("astray", { https_proxy: "http://127.0.0.1:1", SSL_CERT_FILE: double.caFile }),
      look("again", trusting),
    ]);
    expect([good.exitCode, again.exitCode]).toEqual([0, 0]);
    expect(good.title).toBeTruthy();
    expect(again.title).toBe(good.title);
    expect([distrusting.exitCode, astray.exitCode]).toEqual([1, 1]);
    expect(distrusting.err).toContain("CERTIFICATE_VERIFY_FAILED");
    expect(astray.err).toContain("Unable to connect to proxy");
  },
  limitMs,
);

test(
  "an error is reported with what caused it, and not printed",
  async () => {
    const { exitCode, err, printed } = await look(
      "private",
      { https_proxy: double.proxyUrl, SSL_CERT_FILE: double.caFile },
      "privateVid1",
    );
    const records = err.split("\n").map((line) => JSON.parse(line));
    expect([exitCode, printed.filter((line) => /^(ERROR|WARNING)/.test(line))]).toEqual([1, []]);
    expect(records.at(-1)).toMatchObject({
      t: "error",
      message: expect.stringContaining("Private video"),
      causes: [{ type: "ExtractorError", status: null, errno: null }],
    });
  },
  limitMs,
);

test(
  "what is loaded is what an ordinary start would run",
  async () => {
    expect(await version(warm)).toBe(await readVersion({ binary: findTools().ytDlp, path }));
  },
  limitMs,
);

/** Runs this in the test's folder, and gives what it prints. */
async function outputOf(
  engine: WarmEngine,
  run: {
    readonly args: readonly string[];
    readonly plugins?: readonly string[];
    readonly env?: Record<string, string>;
  },
) {
  const task = { reporting: [], printing: [], cwd: dir.path, fileSizeBytes: null, niceness: 0, stdoutFile: null };
  const env = { HOME: dir.path, LANG: "C.UTF-8", ...run.env };
  const child = await engine.begin({ ...task, args: [...run.args], plugins: [...(run.plugins ?? [])], env });
  if (child === null) throw new Error("it was not begun");
  const out: string[] = [];
  const { exitCode } = await supervise(child, { deadlineMs: limitMs, onStdout: (line) => out.push(line) }).done;
  return { exitCode, out: out.join("\n") };
}

/** Looks at a file of any site's with yt-dlp as it is found in this folder and on this path. */
function lookFrom(engine: WarmEngine, url: string, env: Record<string, string>) {
  const fixed = ["--ignore-config", "--no-plugin-dirs", "--no-update", "--ies", "default", "-J", "--", url];
  return outputOf(engine, { args: fixed, env });
}

testWhole(
  "patterns of addresses are compiled before a run: YouTube's at the start, those of all sites once a run tries them",
  async () => {
    const plugin = join(dir.path, "count.py");
    // In a run before yt-dlp's own work.
    await writeFile(
      plugin,
      `from yt_dlp.extractor import gen_extractor_classes
known = [one for one in gen_extractor_classes() if '_VALID_URL_RE' in vars(one)]
print(len(known) > 10, len(known) > 1000, flush=True)
raise SystemExit
`,
    );
    const engine = createWarmEngine({ binary: findTools().ytDlp, path });
    try {
      const known = async (extractors: string) => {
        const args = ["--ignore-config", "--ies", extractors, "--", "https://nowhere.invalid/"];
        return (await outputOf(engine, { args, plugins: [plugin] })).out;
      };
      expect([await known("youtube"), await known("default"), await known("youtube")]).toEqual([
        "True False",
        "True True",
        "True True",
      ]);
    } finally {
      engine.close();
    }
  },
  limitMs,
);

test(
  "tables of formats and captions, which nobody prints, are not made",
  async () => {
    const plugin = join(dir.path, "tables.py");
    await writeFile(
      plugin,
      `from yt_dlp import YoutubeDL
with YoutubeDL({'quiet': True}) as ydl:
    print(ydl.render_formats_table({'formats': [{'format_id': '18', 'ext': 'mp4'}]}))
    print(ydl.render_subtitles_table('id', {'en': [{'ext': 'vtt', 'name': 'English'}]}), flush=True)
raise SystemExit
`,
    );
    const args = ["--ignore-config", "--", "https://nowhere.invalid/"];
    expect((await outputOf(warm, { args, plugins: [plugin] })).out).toBe("None\nNone");
  },
  limitMs,
);

testWhole(
  "what every run would ask of the system is asked before",
  async () => {
    await using origin = await startMediaOrigin();
    const bin = join(dir.path, "bin");
    const asked = join(dir.path, "asked");
    await mkdir(bin);
    await writeFile(asked, "");
    for (const name of ["uname", "file"]) {
      await writeFile(join(bin, name), `#!/bin/sh\necho ${name} >> ${asked}\necho unknown\n`);
      await chmod(join(bin, name), 0o755);
    }
    const engine = createWarmEngine({ binary: findTools().ytDlp, path: `${bin}:${path}` });
    await version(engine);
    const before = await readFile(asked, "utf8");
    const { exitCode, out } = await lookFrom(engine, origin.url("landscape/18.mp4"), { PATH: `${bin}:${path}` });
    engine.close();
    expect([exitCode, JSON.parse(out).extractor]).toEqual([0, "generic"]);
    expect(before).toContain("uname");
    expect(await readFile(asked, "utf8")).toBe(before);
  },
  limitMs,
);

testWhole(
  "the version of the JavaScript runtime is asked before, and again when another one is installed",
  async () => {
    const folder = join(dir.path, "runtime");
    await mkdir(folder);
    const asked = join(dir.path, "versions");
    const runtime = join(folder, "deno");
    const installed = async (version: string) => {
      await writeFile(`${runtime}.new`, `#!/bin/sh\necho "$*" >> ${asked}\necho deno ${version}\n`);
      await chmod(`${runtime}.new`, 0o755);
      await rename(`${runtime}.new`, runtime);
    };
    await installed("2.9.0");
    const engine = createWarmEngine({
      binary: findTools().ytDlp,
      path,
      jsRuntime: { name: "deno", path: runtime },
    });
    const args = ["--ignore-config", "--no-js-runtimes", "--js-runtimes", `deno:${runtime}`, "--verbose", "--simulate"];
    const runtimesOf = async () => {
      const task = { args: [...args, "--", "about:blank"], reporting: [], printing: [], plugins: [], cwd: dir.path };
      const env = { PATH: path, HOME: dir.path };
      const child = await engine.begin({ ...task, env, fileSizeBytes: null, niceness: 0, stdoutFile: null });
      if (child === null) throw new Error("it was not begun");
      const lines: string[] = [];
      await supervise(child, { deadlineMs: limitMs, onStderr: (line) => lines.push(line) }).done;
      return lines.find((line) => line.includes("JS runtimes"));
    };
    try {
      expect(await runtimesOf()).toContain("deno-2.9.0");
      expect(await runtimesOf()).toContain("deno-2.9.0");
      expect(await readFile(asked, "utf8")).toBe("--version\n");
      await installed("2.9.1");
      expect(await runtimesOf()).toContain("deno-2.9.1");
    } finally {
      engine.close();
    }
  },
  limitMs,
);

testWhole(
  "plugins that are installed beside yt-dlp are not loaded by what is prepared for its runs",
  async () => {
    const folder = join(dir.path, "installed");
    const plugins = join(folder, "yt_dlp_plugins/extractor");
    await mkdir(plugins, { recursive: true });
    await writeFile(join(plugins, "loud.py"), `open(${JSON.stringify(join(folder, "loaded"))}, "w")\n`);
    await copyFile(findTools().ytDlp, join(folder, "yt-dlp"));
    const engine = createWarmEngine({ binary: join(folder, "yt-dlp"), path });
    expect(await version(engine)).toBe(await version(warm));
    engine.close();
    expect(await readdir(folder)).not.toContain("loaded");
  },
  limitMs,
);
