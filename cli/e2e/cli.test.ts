import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { eventually, type SampleVideo } from "@vidferry/testing";
import { runCommand, startCommand } from "./command.ts";
import { ffprobe } from "./ffprobe.ts";
import { bytesAskedFor, keptBytes } from "./kept-bytes.ts";
import { processesIn } from "./processes.ts";
import { filesBelow, resultsBelow, type Scene, setScene } from "./scene.ts";

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
    "saves the files of several links under their titles, tells each stage without a terminal, and leaves nothing else",
    async () => {
      const out = await scene.folder("several");
      const links = [scene.youtube.url("muxedOnly01"), scene.youtube.url("emojiTitle1")];
      const { exitCode, stdout, stderr } = await run(out, ["download", ...links, "--quality", "144p"]);
      expect([exitCode, stdout]).toEqual([0, ""]);
      expect(await resultsBelow(out)).toEqual(["One file with both.mp4", "Smile 😀 & wave 👋🏽 — “quoted”.mp4"]);
      expect(stderr).toContain("One file with both: downloading");
      expect(stderr).toMatch(/saved .*One file with both\.mp4 \(\d+\.\d [kM]B\)/);
      expect(stderr).not.toContain("\u001b");
      expect((await ffprobe(join(out, "One file with both.mp4"))).video?.codec_name).toBe("h264");
    },
    limitMs,
  );

  test(
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

  test(
    "stopped by Ctrl-C, and then killed, goes on where it was when the same command comes again",
    async () => {
      const out = await scene.folder("interrupted");
      const args = ["download", scene.youtube.url("steadyVid01"), "--out", out];
      const sent = () => scene.mediaRequests("steadyVid01").reduce((sum, { bytesSent }) => sum + bytesSent, 0);
      const requests = () => scene.mediaRequests("steadyVid01").length;
      // Over several connections it would be complete before it could be stopped twice.
      const env = { ...scene.env, CONNECTIONS_PER_STREAM: "1" };

      const stopped = startCommand(args, { cwd: scene.home, env });
      await eventually(() => sent() > 2.5 * mebibyte, { timeoutMs: 60_000 });
      stopped.kill("SIGINT");
      const end = await stopped.done;
      expect(end.exitCode).toBe(130);
      expect(end.stderr).toContain("the same command again continues");
      expect(processesIn(out)).toEqual([]);
      const first = await keptBytes(out);
      expect(first).toBeGreaterThan(mebibyte);

      const killed = startCommand(args, { cwd: scene.home, env });
      await eventually(async () => (await keptBytes(out)) > first + mebibyte, { timeoutMs: 60_000 });
      killed.kill("SIGKILL");
      expect((await killed.done).exitCode).toBeNull();
      await eventually(() => processesIn(out).length === 0);
      const second = await keptBytes(out);

      const before = requests();
      expect((await run(scene.home, args)).exitCode).toBe(0);
      expect(bytesAskedFor(scene, "steadyVid01", before)).toBe(8 * mebibyte - second);
      expect(await resultsBelow(out)).toEqual(["Steady steadyVid01.mp4"]);
      expect((await stat(join(out, "Steady steadyVid01.mp4"))).size).toBe(8 * mebibyte);
    },
    limitMs,
  );

  test(
    "says what is wrong with how it was called: exit 2",
    async () => {
      const calls: readonly (readonly [args: string[], says: RegExp])[] = [
        [["download"], /which URL/],
        [["download", scene.youtube.url("muxedOnly01"), "--qualty", "1080p"], /--qualty/],
        [["download", scene.youtube.url("muxedOnly01"), "--quality", "999p"], /--quality/],
        [
          ["download", scene.youtube.url("muxedOnly01"), "--clip", "2:00-1:00"],
          /--clip: it must end after its beginning/,
        ],
        [["download", scene.youtube.url("muxedOnly01"), "--out", "/dev/null/videos"], /^--out: \/dev\/null\/videos/],
        [["downlod"], /there is no command "downlod"/],
        [["serve", "--port", "9000"], /serve takes no arguments, but got "--port".*environment variables/],
      ];
      const ends = await Promise.all(calls.map(([args]) => run(scene.home, args)));
      for (const [index, { exitCode, stderr }] of ends.entries()) {
        expect([calls[index]?.[0], exitCode]).toEqual([calls[index]?.[0] ?? [], 2]);
        expect(stderr).toMatch(calls[index]?.[1] ?? /never/);
        expect(stderr).not.toContain("    at ");
      }
    },
    limitMs,
  );
});

describe("vidferry demo", () => {
  test(
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
    "finds everything in order here, and names a yt-dlp or a server that is missing, with what to do",
    async () => {
      const [well, ill] = await Promise.all([
        run(scene.home, ["doctor"]),
        run(scene.home, ["doctor"], {
          VIDFERRY_YTDLP: "/nowhere/yt-dlp",
          TRANSCRIBER_URL: "http://127.0.0.1:9",
          LIBRETRANSLATE_URL: "http://127.0.0.1:9",
        }),
      ]);
      expect([well.exitCode, /FAILED/.test(well.stdout)]).toEqual([0, false]);
      for (const name of ["bun", "yt-dlp", "ffmpeg", "database", "queue", "storage", "disk"]) {
        expect(well.stdout).toMatch(new RegExp(`^(ok|warning) +${name} `, "m"));
      }
      expect(ill.exitCode).toBe(1);
      expect(ill.stdout).toMatch(/^FAILED +yt-dlp .*\n +→ .{10,}/m);
      // Only where they are set up.
      expect(well.stdout).not.toMatch(/transcriber|translator/);
      for (const [name, setting] of [
        ["transcriber", "TRANSCRIBER_URL"],
        ["translator", "LIBRETRANSLATE_URL"],
      ]) {
        expect(ill.stdout).toMatch(
          new RegExp(`^warning +${name} +the ${name} cannot be reached\\n +→ .*${setting}`, "m"),
        );
      }
    },
    limitMs,
  );
});

describe("vidferry doctor", () => {
  test(
    "creates nothing where nothing is, and leaves a database and a storage folder that are there as they were",
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
      expect(new Set(await readdir(cwd, { recursive: true }))).toEqual(before);
    },
    limitMs,
  );
});

describe("vidferry --help", () => {
  test(
    "explains a command instead of running it",
    async () => {
      const folder = await scene.folder("help");
      const commands = [
        ["serve"],
        ["api"],
        ["worker"],
        ["migrate"],
        ["demo"],
        ["doctor"],
        ["keys"],
        ["keys", "create"],
        ["drain"],
      ];
      // Help must work while a setting is invalid.
      const ends = await Promise.all(
        commands.map((command) => run(folder, [...command, "--help"], { PORT: "eighty" })),
      );
      for (const [index, { exitCode, stdout }] of ends.entries()) {
        expect([commands[index], exitCode]).toEqual([commands[index] ?? [], 0]);
        expect(stdout).toContain("vidferry");
      }
      expect(await filesBelow(folder)).toEqual([]);
    },
    limitMs,
  );

  test(
    "tells of --orphans for doctor, also when only part of it was typed",
    async () => {
      const folder = await scene.folder("doctor-help");
      const [asked, partly] = await Promise.all([
        run(folder, ["doctor", "--help"]),
        run(folder, ["doctor", "--delete"]),
      ]);
      expect([asked.exitCode, asked.stdout]).toEqual([0, expect.stringContaining("--adopt")]);
      expect([partly.exitCode, partly.stderr]).toEqual([2, expect.stringContaining("belong to --orphans")]);
    },
    limitMs,
  );
});

describe("vidferry serve", () => {
  test(
    "refuses a database file that it cannot use at once, by its path and not by Redis, and leaves another's alone",
    async () => {
      const theirs = join(scene.home, "theirs.db");
      const database = new Database(theirs);
      database.run("create table jobs (theirs text)");
      database.close();
      const before = await readFile(theirs);
      for (const [path, reason] of [
        [scene.home, "it is a folder"],
        [theirs, "that Vidferry did not make"],
      ] as const) {
        const { exitCode, stderr } = await run(scene.home, ["serve"], { DATABASE_URL: `sqlite:${path}` });
        expect([exitCode, stderr]).toEqual([
          78,
          expect.stringMatching(new RegExp(`DATABASE_URL: .*${path}.*${reason}`)),
        ]);
        expect(stderr).not.toContain("REDIS_URL");
      }
      expect(await readFile(theirs)).toEqual(before);
    },
    limitMs,
  );

  test(
    "names the variable that is wrong, and exits 78",
    async () => {
      const wrong: Readonly<Record<string, string>> = {
        PORT: "eighty",
        DATABASE_URL: "mysql://localhost/jobs",
        STORAGE_URL: "ftp://files",
        WORKER_CONCURRENCY: "0",
        MAX_FILE_BYTES: "much",
        LOG_LEVEL: "loud",
      };
      const [names, values] = [Object.keys(wrong), Object.entries(wrong)];
      const ends = await Promise.all([
        ...values.map(([name, value]) => run(scene.home, ["serve"], { [name]: value })),
        run(scene.home, ["serve"], { HOST: "0.0.0.0", AUTH: "off" }),
      ]);
      const hosts = ["x86_64-conda-linux-gnu", "192.0.2.7"];
      const strange = await Promise.all(hosts.map((HOST) => run(scene.home, ["serve"], { HOST, AUTH: "keys" })));
      for (const [index, { exitCode, stderr }] of strange.entries()) {
        expect([hosts[index], exitCode, stderr]).toEqual([
          hosts[index],
          78,
          expect.stringContaining("HOST: expected an"),
        ]);
        expect(stderr).not.toContain("    at ");
      }
      for (const [index, { exitCode, stderr }] of ends.entries()) {
        const name = names[index] ?? "AUTH";
        expect([name, exitCode]).toEqual([name, 78]);
        expect(stderr).toContain(name);
        expect(stderr).not.toContain("    at ");
      }
    },
    limitMs,
  );

  test(
    "says that its port is taken, and exits 1",
    async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      try {
        const port = await eventually(() => {
          const address = taken.address();
          return typeof address === "object" ? address?.port : undefined;
        });
        const { exitCode, stderr } = await run(scene.home, ["serve"], { PORT: String(port) });
        expect(exitCode).toBe(1);
        expect(stderr).toContain(String(port));
        expect(stderr).not.toContain("    at ");
      } finally {
        taken.close();
      }
    },
    limitMs,
  );
});
