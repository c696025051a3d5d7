import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, fewUnlessWhole, onlyWhole, type SampleVideo } from "@vidferry/testing";
import { runCommand, startCommand } from "./command.ts";
import { ffprobe } from "./ffprobe.ts";
import { bytesAskedFor, keptBytes } from "./kept-bytes.ts";
import { processesIn } from "./processes.ts";
import { filesBelow, resultsBelow, type Scene, setScene } from "./scene.ts";

const testWhole = onlyWhole(test);

const limitMs = 120_000;
const mebibyte = 1_048_576;
const steady = (id: string): SampleVideo => ({
  id,
  title: `Steady ${id}`,
  itags: [18],
  mediaBytes: 8 * mebibyte,
  mediaFaults: { bytesPerSecond: 2 * mebibyte },
});

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({ catalogue: { videos: ["steadyVid01", "steadyVid02"].map(steady) } });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

const run = (cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(args, { cwd, env: { ...scene.env, ...env } });

describe("vidferry download", () => {
  test(
    "saves the file of a link under its title, tells each stage without a terminal, and leaves nothing else",
    async () => {
      const out = await scene.folder("one");
      const args = ["download", scene.youtube.url("muxedOnly01"), "--quality", "144p"];
      const { exitCode, stdout, stderr } = await run(out, args);
      expect([exitCode, stdout]).toEqual([0, ""]);
      expect(await resultsBelow(out)).toEqual(["One file with both.mp4"]);
      expect(stderr).toContain("One file with both: downloading");
      expect(stderr).toMatch(/saved .*One file with both\.mp4 \(\d+\.\d [kM]B\)/);
      expect(stderr).not.toContain("\u001b");
      expect((await ffprobe(join(out, "One file with both.mp4"))).video?.codec_name).toBe("h264");
    },
    limitMs,
  );

  testWhole(
    "speaks JSON with --json, warnings and failures too",
    async () => {
      const out = await scene.folder("json");
      const links = [scene.youtube.url("sampleVid01"), scene.youtube.url("privateVid1")];
      const args = ["download", ...links, "--json", "--audio", "mp3", "--subs", "en,xx", "--out", out];
      const { exitCode, stdout } = await run(scene.home, args);
      expect(exitCode).toBe(1);
      const lines = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const of = (link: string | undefined) => lines.filter(({ url }) => url === link);
      expect(of(links[1]).at(-1)).toMatchObject({
        event: "error",
        code: "video_private",
        detail: expect.any(String),
        hint: expect.any(String),
      });
      expect(of(links[0]).map(({ event }) => event)).toContain("progress");
      expect(of(links[0]).find(({ event }) => event === "warning")).toMatchObject({ code: "subtitles_missing" });
      const done = of(links[0]).at(-1) as { event: string; files: { path: string; bytes: number }[] };
      expect(done.event).toBe("done");
      expect(done.files.map(({ path }) => path)).toEqual([
        join(out, "Sample video_ a tour.mp3"),
        join(out, "Sample video_ a tour.en.srt"),
      ]);
      for (const { path, bytes } of done.files) expect((await stat(path)).size).toBe(bytes);
      expect((await filesBelow(out)).filter((name) => name.startsWith(".vidferry/"))).toEqual([
        ".vidferry/lock",
        ".vidferry/saved.jsonl",
      ]);
      expect((await resultsBelow(out)).length).toBe(2);
    },
    limitMs,
  );

  test.each(
    fewUnlessWhole([["SIGINT"], ["SIGINT", "SIGKILL"]] as const, ({ length }) => length === 1).map((row) => [row]),
  )(
    "stopped by %p, one after the other, goes on where it was when the same command comes again",
    async (signals) => {
      const videoId = `steadyVid0${signals.length}`;
      const out = await scene.folder(videoId);
      const args = ["download", scene.youtube.url(videoId), "--out", out];
      // Over several connections it would be complete before it could be stopped twice.
      const env = { ...scene.env, CONNECTIONS_PER_STREAM: "1" };
      let kept = 0;
      const sent = () => scene.mediaRequests(videoId).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
      for (const signal of signals) {
        const keptBefore = kept;
        const stopped = startCommand(args, { cwd: scene.home, env });
        // One that is asked to stop notes what it has; of one that is killed only what was noted before is kept.
        const isFarEnough = async () =>
          signal === "SIGINT" ? sent() > 2.5 * mebibyte : (await keptBytes(out)) > keptBefore + mebibyte;
        await eventually(isFarEnough, { timeoutMs: 60_000 });
        stopped.kill(signal);
        const { exitCode, stderr } = await stopped.done;
        if (signal === "SIGINT") {
          expect([exitCode, stderr]).toEqual([130, expect.stringContaining("the same command again continues")]);
          expect(processesIn(out)).toEqual([]);
        } else {
          expect(exitCode).toBeNull();
          await eventually(() => processesIn(out).length === 0);
        }
        kept = await keptBytes(out);
        expect(kept).toBeGreaterThan(keptBefore + mebibyte);
      }

      const before = scene.mediaRequests(videoId).length;
      expect((await run(scene.home, args)).exitCode).toBe(0);
      expect(bytesAskedFor(scene, videoId, before)).toBe(8 * mebibyte - kept);
      expect(await resultsBelow(out)).toEqual([`Steady ${videoId}.mp4`]);
      expect((await stat(join(out, `Steady ${videoId}.mp4`))).size).toBe(8 * mebibyte);
    },
    limitMs,
  );

  test(
    "says what is wrong with how it was called: exit 2",
    async () => {
      const args = ["download", scene.youtube.url("muxedOnly01"), "--out", "/dev/null/videos"];
      const { exitCode, stderr } = await run(scene.home, args);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^--out: \/dev\/null\/videos/);
      expect(stderr).not.toContain("    at ");
    },
    limitMs,
  );
});

describe("vidferry demo", () => {
  testWhole(
    "fetches a video from the double of YouTube, prints what it holds, and leaves alone what else is there",
    async () => {
      const cwd = await scene.folder("demo");
      await mkdir(join(cwd, "data/demo/store"), { recursive: true });
      await writeFile(join(cwd, "data/demo/store/notes.txt"), "not the demo's");
      const { VIDFERRY_YTDLP, VIDFERRY_FFMPEG, VIDFERRY_FFPROBE, VIDFERRY_JS_RUNTIME, PATH, HOME } = scene.env;
      const env = { VIDFERRY_YTDLP, VIDFERRY_FFMPEG, VIDFERRY_FFPROBE, VIDFERRY_JS_RUNTIME, PATH, HOME };
      const { exitCode, stdout, stderr } = await runCommand(["demo"], { cwd, env: env as Record<string, string> });
      expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/video +\S.*Sample video_ a tour\.mp4 +\d+ bytes/);
      expect(stdout).toMatch(/it lasts 12\.\d s, h264 1920x1080 \+ aac/);
      expect(stdout).toContain(".en.srt");
      expect(await filesBelow(cwd)).toEqual([
        "data/demo/Sample video_ a tour.en.srt",
        "data/demo/Sample video_ a tour.en.txt",
        "data/demo/Sample video_ a tour.jpg",
        "data/demo/Sample video_ a tour.mp4",
        "data/demo/store/notes.txt",
      ]);
      expect(await readFile(join(cwd, "data/demo/Sample video_ a tour.en.txt"), "utf8")).not.toContain("-->");
    },
    limitMs,
  );
});

describe("vidferry doctor", () => {
  test(
    "names a yt-dlp or a server that is missing, with what to do",
    async () => {
      const { exitCode, stdout } = await run(scene.home, ["doctor"], {
        VIDFERRY_YTDLP: "/nowhere/yt-dlp",
        TRANSCRIBER_URL: "http://127.0.0.1:9",
        LIBRETRANSLATE_URL: "http://127.0.0.1:9",
      });
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/^FAILED +yt-dlp .*\n +→ .{10,}/m);
      for (const [name, setting] of [
        ["transcriber", "TRANSCRIBER_URL"],
        ["translator", "LIBRETRANSLATE_URL"],
      ]) {
        expect(stdout).toMatch(new RegExp(`^warning +${name} +the ${name} cannot be reached\\n +→ .*${setting}`, "m"));
      }
    },
    limitMs,
  );

  testWhole(
    "finds everything in order here, creates nothing where nothing is, and leaves a database and a storage folder as they were",
    async () => {
      const cwd = await scene.folder("doctor");
      const { DATABASE_URL: _, STORAGE_URL: __, WORK_DIR: ___, ...env } = scene.env;
      const look = () => runCommand(["doctor"], { cwd, env });
      const first = await look();
      expect([first.exitCode, /FAILED/.test(first.stdout)]).toEqual([0, false]);
      expect(first.stdout).toMatch(/database .*is made by the first start/);
      expect(await readdir(cwd)).toEqual([]);

      expect((await runCommand(["migrate"], { cwd, env })).exitCode).toBe(0);
      await mkdir(join(cwd, "data/files"));
      const before = new Set(await readdir(cwd, { recursive: true }));
      const second = await look();
      expect([second.exitCode, second.stdout]).toEqual([0, expect.stringMatching(/^ok +storage /m)]);
      for (const name of ["bun", "yt-dlp", "ffmpeg", "database", "queue", "storage", "disk"]) {
        expect(second.stdout).toMatch(new RegExp(`^(ok|warning) +${name} `, "m"));
      }
      // Only where they are set up.
      expect(second.stdout).not.toMatch(/FAILED|transcriber|translator/);
      expect(new Set(await readdir(cwd, { recursive: true }))).toEqual(before);
    },
    limitMs,
  );
});

describe("vidferry --help", () => {
  test(
    "explains a command instead of running it, also while a setting is invalid",
    async () => {
      const folder = await scene.folder("help");
      const { exitCode, stdout } = await run(folder, ["serve", "--help"], { PORT: "eighty" });
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining("vidferry serve")]);
      expect(await filesBelow(folder)).toEqual([]);
    },
    limitMs,
  );
});

describe("vidferry serve", () => {
  test(
    "refuses a database file that it cannot use at once, by its path and not by Redis, leaves another's alone, and reads no settings but those of .env",
    async () => {
      const cwd = await scene.folder("settings");
      for (const name of [".env.local", ".env.development", ".env.development.local", ".env.production"])
        await writeFile(join(cwd, name), "MAX_FILE_BYTES=none of ours\n");
      const theirs = join(scene.home, "theirs.db");
      const database = new Database(theirs);
      database.run("create table jobs (theirs text)");
      database.close();
      const before = await readFile(theirs);
      for (const [path, reason] of [
        [scene.home, "it is a folder"],
        [theirs, "that Vidferry did not make"],
      ] as const) {
        const { exitCode, stderr } = await run(cwd, ["serve"], { DATABASE_URL: `sqlite:${path}` });
        expect([exitCode, stderr]).toEqual([
          78,
          expect.stringMatching(new RegExp(`DATABASE_URL: .*${path}.*${reason}`)),
        ]);
        expect(stderr).not.toMatch(/REDIS_URL|MAX_FILE_BYTES/);
      }
      expect(await readFile(theirs)).toEqual(before);
    },
    limitMs,
  );

  const wrong = [
    { env: { PORT: "eighty" }, says: "PORT" },
    { env: { DATABASE_URL: "mysql://localhost/jobs" }, says: "DATABASE_URL" },
    { env: { STORAGE_URL: "ftp://files" }, says: "STORAGE_URL" },
    { env: { WORKER_CONCURRENCY: "0" }, says: "WORKER_CONCURRENCY" },
    { env: { MAX_FILE_BYTES: "much" }, says: "MAX_FILE_BYTES" },
    { env: { LOG_LEVEL: "loud" }, says: "LOG_LEVEL" },
    { env: { HOST: "0.0.0.0", AUTH: "off" }, says: "AUTH" },
    { env: { HOST: "x86_64-conda-linux-gnu", AUTH: "keys" }, says: "HOST: expected an" },
    { env: { HOST: "192.0.2.7", AUTH: "keys" }, says: "HOST: expected an" },
  ];
  // One alone, two that do not go together, and an address that this machine does not have.
  const few = ["eighty", "0.0.0.0", "192.0.2.7"];
  test.each(fewUnlessWhole(wrong, ({ env }) => few.includes(Object.values(env)[0] ?? "")))(
    "names the variable that is wrong, and exits 78: $env",
    async ({ env, says }) => {
      const { exitCode, stderr } = await run(scene.home, ["serve"], env);
      expect([exitCode, stderr]).toEqual([78, expect.stringContaining(says)]);
      expect(stderr).not.toContain("    at ");
    },
    limitMs,
  );
});
