import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  fewUnlessWhole,
  findTools,
  onlyWhole,
  playabilities,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  type YouTubeDouble,
} from "@vidferry/testing";
import { DownloadRequest } from "../../../../jobs/request.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { localWorkFolders } from "../../../blobs/local-disk/index.ts";
import { createSilentLogger } from "../../../system/index.ts";
import type { JsRuntime } from "../options.ts";
import { ytDlpThrough } from "../test-downloader.ts";

// The genuine yt-dlp, on a YouTube of our own that wants to know who asks.
const limitMs = 180_000;
const never = new AbortController().signal;
const secret = "s3cretOfTheOperator";
const renewed = "s3cretThatIsNew";
let double: YouTubeDouble;
let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir("vidferry-cookies-genuine");
  double = await startYouTubeDouble({
    catalogue: {
      videos: [
        {
          id: "signedInVid",
          title: "For those who are signed in",
          itags: [18],
          challenge: "none",
          playability: playabilities.loginNeeded,
          openedBy: `SESSION=${secret}`,
          setCookies: [`TURN=${renewed}; Domain=.youtube.com; Path=/; Secure; Max-Age=31536000`],
        },
      ],
    },
  });
}, limitMs);
afterAll(async () => {
  await double.stop();
  await dir[Symbol.asyncDispose]();
});

const logged: string[] = [];
const keep = (...words: readonly unknown[]) => void logged.push(Bun.inspect(words, { depth: 20 }));
const logger: Logger = { ...createSilentLogger(), debug: keep, info: keep, warn: keep, error: keep };

function downloaderWith(cookiesFile: string | null, warm: boolean) {
  const tools = findTools();
  const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
  return ytDlpThrough({
    binary: tools.ytDlp,
    jsRuntime: { name: name as JsRuntime["name"], path },
    proxyUrl: double.proxyUrl,
    caFile: double.caFile,
    logger,
    warm,
    ...(cookiesFile === null ? {} : { cookiesFile }),
    ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
  });
}

const kinds: readonly (readonly [string, boolean])[] = [
  ["started anew", false],
  ["kept loaded", true],
];
describe.each(fewUnlessWhole(kinds, ([, warm]) => warm))("cookies, with a yt-dlp that is %s", (name, warm) => {
  test(
    "open what wants a login, come back renewed, and are seen nowhere else",
    async () => {
      const base = join(dir.path, name.replaceAll(" ", "-"));
      await mkdir(base);
      const cookiesFile = join(base, "cookies.txt");
      const cookie = (key: string, value: string) => `.youtube.com\tTRUE\t/\tTRUE\t2000000000\t${key}\t${value}\n`;
      await writeFile(cookiesFile, `# Mine\n${cookie("SESSION", secret)}${cookie("TURN", "s3cretThatIsOld")}`);
      const folder = await localWorkFolders({ directory: join(base, "work") }).open(`job_${"0".repeat(32)}`);
      const downloader = downloaderWith(cookiesFile, warm);
      const before = double.requests.length;
      const request = DownloadRequest.parse({ url: double.url("signedInVid"), thumbnail: "file" });
      const resolution = await downloader.resolve(request, { folder, signal: never });
      const onProgress = () => undefined;
      const limits = { maxBytes: null, stallMs: 30_000 };
      await downloader.fetch(resolution, { folder, signal: never, onProgress, ...limits });
      await downloader.fetchThumbnail(resolution, { folder, signal: never });
      await downloader.probe(double.url("signedInVid"), { signal: never });
      downloader.close();

      const file = await readFile(cookiesFile, "utf8");
      expect(file).toStartWith(`# Mine\n${cookie("SESSION", secret)}`);
      expect(file).toContain(`\tTURN\t${renewed}\n`);
      expect(file).not.toContain("s3cretThatIsOld");
      // Nothing of it is left in the folder but what is private there, and no other host was told.
      expect((await readdir(folder.path, { recursive: true })).filter((path) => path.includes("cookies"))).toEqual([]);
      const told = double.requests.slice(before).filter((one) => one.cookie?.includes("s3cret"));
      expect(new Set(told.map(({ host }) => host))).toEqual(new Set(["www.youtube.com"]));
      expect(JSON.stringify(resolution)).not.toContain("s3cret");
      expect(logged.join("\n")).not.toContain("s3cret");
    },
    limitMs,
  );
});

onlyWhole(test)(
  "without cookies a video that wants a login says where they are given",
  async () => {
    const probe = downloaderWith(null, false).probe(double.url("signedInVid"), { signal: never });
    const error = await probe.catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: "login_required", hint: expect.stringContaining("COOKIES_FILE") });
  },
  limitMs,
);
