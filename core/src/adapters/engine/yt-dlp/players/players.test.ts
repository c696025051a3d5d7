import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  fewUnlessWhole,
  findTools,
  onlyWhole,
  playerPath,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  type YouTubeDouble,
} from "@vidferry/testing";
import { DownloadRequest } from "../../../../jobs/request.ts";
import { localWorkFolders } from "../../../blobs/local-disk/index.ts";
import type { JsRuntime } from "../options.ts";
import { findPythonProgram } from "../python-program.ts";
import { ytDlpThrough } from "../test-downloader.ts";
import { playersPlugin } from "./players.ts";

// The genuine yt-dlp and its genuine solver on a YouTube of our own: its media can be had with solved challenges alone.
const limitMs = 180_000;
const testWhole = onlyWhole(test);
const path = process.env["PATH"] ?? "";
let double: YouTubeDouble;
let dir: TempDir;
/** Of a describe block: what a test has kept is gone before the next. The one that is kept loaded is the same for all. */
let downloader: ReturnType<typeof ytDlpThrough>;
let loaded: ReturnType<typeof ytDlpThrough>;
let jobs = 0;

const videos = ["challenged1", "challenged2", "challenged3", "challenged4"];

beforeAll(async () => {
  const challenged = videos.map((id) => ({ id, itags: [18], challenge: "signature" }) as const);
  double = await startYouTubeDouble({ playerBytes: 50_000, catalogue: { videos: challenged } });
  dir = await tempDir("vidferry-players");
  loaded = open(true);
}, limitMs);
afterAll(async () => {
  loaded.close();
  await double.stop();
  await dir[Symbol.asyncDispose]();
});
beforeEach(() => rm(folder(), { recursive: true, force: true }));

const folder = () => join(dir.path, "players");

function open(warm: boolean): ReturnType<typeof ytDlpThrough> {
  const tools = findTools();
  const [runtime = "", runtimePath = ""] = tools.jsRuntime.split(/:(.*)/s);
  return ytDlpThrough({
    binary: tools.ytDlp,
    jsRuntime: { name: runtime as JsRuntime["name"], path: runtimePath },
    warm,
    playersDir: folder(),
    proxyUrl: double.proxyUrl,
    caFile: double.caFile,
    path,
  });
}

/** Resolves and fetches a video. */
async function fetchVideo(id: string) {
  const work = await localWorkFolders({ directory: join(dir.path, "work") }).open(
    `job_${String(jobs++).padStart(32, "0")}`,
  );
  const { signal } = new AbortController();
  const resolution = await downloader.resolve(DownloadRequest.parse({ url: double.url(id) }), { folder: work, signal });
  const options = { folder: work, signal, onProgress: () => undefined, maxBytes: null, stallMs: limitMs };
  const [fetched] = await downloader.fetch(resolution, options);
  expect((await stat(fetched?.path ?? "")).size).toBeGreaterThan(0);
  return work;
}

const playersAsked = () => double.requests.filter(({ path: asked }) => asked === playerPath).length;
const kept = async () => (await readdir(folder())).map((name) => join(folder(), name));
const only = async () => {
  const files = await kept();
  expect(files).toHaveLength(1);
  return files[0] ?? "";
};

const kinds: readonly (readonly [string, boolean])[] = [
  ["yt-dlp", false],
  ["yt-dlp that is kept loaded", true],
];
for (const [name, warm] of fewUnlessWhole(kinds, ([, warm]) => warm))
  describe(`what ${name} has made of a player`, () => {
    beforeAll(() => {
      downloader = warm ? loaded : open(false);
    });

    test(
      "serves for other videos, and the player is not even fetched again",
      async () => {
        const before = playersAsked();
        await fetchVideo("challenged1");
        expect(playersAsked()).toBe(before + 1);
        expect((await stat(await only())).mode & 0o777).toBe(0o600);
        expect((await stat(folder())).mode & 0o777).toBe(0o700);
        await fetchVideo("challenged2");
        expect(playersAsked()).toBe(before + 1);
        await only();
      },
      limitMs,
    );
  });

/** The file with something else in it that looks as if it had been kept. */
function withBody(whole: Buffer, body: string): string {
  const head = whole.toString("utf8", 0, whole.indexOf(10));
  const digest = new Bun.CryptoHasher("sha256").update(body).digest("hex");
  return `${head.replace(/"sha256": "\w+"/, `"sha256": "${digest}"`)}\n${body}`;
}

describe("kept players", () => {
  beforeAll(() => {
    downloader = loaded;
  });

  testWhole(
    "are made anew where what is kept was cut off, or made to fail",
    async () => {
      await fetchVideo("challenged1");
      const file = await only();
      const whole = await readFile(file);
      const wrong = [
        whole.subarray(0, whole.length - 1),
        withBody(whole, 'throw new Error("poisoned");'),
        withBody(whole, '_result.n = () => "n"; _result.sig = () => "other letters";'),
      ];
      for (const content of fewUnlessWhole(wrong, (content) => content === wrong[2])) {
        await writeFile(file, content);
        const before = playersAsked();
        await fetchVideo("challenged3");
        expect(playersAsked()).toBe(before + 1);
        expect(await readFile(await only())).toEqual(whole);
      }
    },
    limitMs,
  );

  test(
    "are forgotten when the source refuses what they have solved",
    async () => {
      const work = await fetchVideo("challenged1");
      const file = await only();
      await writeFile(file, withBody(await readFile(file), '_result.n = () => "n"; _result.sig = (s) => s;'));
      const failure = await fetchVideo("challenged2").catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "source_forbidden" });
      await downloader.forget(work);
      await fetchVideo("challenged2");
    },
    limitMs,
  );

  testWhole(
    "may be made by several runs at once",
    async () => {
      await Promise.all(videos.map(fetchVideo));
      const before = playersAsked();
      await fetchVideo("challenged1");
      expect(playersAsked()).toBe(before);
      await only();
    },
    limitMs,
  );

  testWhole(
    "are a help that may be missing: where they cannot be written, the video is had all the same",
    async () => {
      await writeFile(folder(), "a file in the way");
      await fetchVideo("challenged1");
    },
    limitMs,
  );

  test("are bounded: the newest stay, and what a killed run has left goes", async () => {
    const program = await findPythonProgram(findTools().ytDlp, path);
    if (program === null) throw new Error("yt-dlp is no Python program here");
    await mkdir(folder());
    const left = join(folder(), "new-1-left");
    await writeFile(left, "half of a play");
    await utimes(left, 0, 0);
    await symlink("/etc/hostname", join(folder(), "link"));
    const script = `
import importlib.util, os, sys, time
sys.path.insert(0, sys.argv[2])
spec = importlib.util.spec_from_file_location("players", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
players = module.Players(sys.argv[3])
module.MOST_BYTES, module.MOST_BYTES_EACH = 10_000, 8_000
for number in range(5):
    players.store(f"player {number}", str(number) * 3_000)
    os.utime(players.path(f"player {number}"), (number + 1, number + 1))
players.store("huge", "h" * 5_000)
print([players.load(name) and players.load(name)[:1] for name in ("player 0", "player 3", "player 4", "huge")])
os.replace(os.path.join(sys.argv[3], "link"), players.path("link"))
print(players.load("link"))
`;
    const [python, ...args] = program.interpreter;
    const given = [playersPlugin.file, program.modules, folder()];
    const out = execFileSync(python, [...args, "-B", "-c", script, ...given], { encoding: "utf8" });
    expect(out.trim().split("\n")).toEqual(["[None, '3', '4', None]", "None"]);
    expect(await readdir(folder())).not.toContain("new-1-left");
  });
});
