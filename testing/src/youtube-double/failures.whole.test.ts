import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeClips } from "../clips.ts";
import { ffprobe, runYtDlp } from "../genuine-yt-dlp.ts";
import { type TempDir, tempDir } from "../temp-dir.ts";
import { startYouTubeDouble, type YouTubeDouble } from "./index.ts";

// That the real yt-dlp takes the double for the site, every test that uses it shows; here each thing it can do.
const limitMs = 180_000;
let double: YouTubeDouble;
let dir: TempDir;

beforeAll(async () => {
  [double, dir] = await Promise.all([startYouTubeDouble(), tempDir("vidferry-double-test")]);
}, limitMs);
afterAll(async () => {
  await double.stop();
  await dir[Symbol.asyncDispose]();
});

const ytDlp = (...args: string[]) => runYtDlp(double, dir.path, args);
const mediaRequests = (id: string) =>
  double.requests.filter((r) => r.path === "/videoplayback" && r.query["id"] === id);

const messages: Readonly<Record<string, string>> = {
  privateVid1: "Private video. Sign in if you've been granted access to this video",
  membersVid1: "Join this channel to get access to members-only content",
  ageGateVid1: "Sign in to confirm your age. This video may be inappropriate for some users",
  geoBlockVid: "The uploader has not made this video available in your country",
  removedVid1: "This video has been removed by the uploader",
  copyrightV1: "no longer available due to a copyright claim by",
  terminated1: "account associated with this video has been terminated",
  notExistVid: "This video is unavailable",
  unknownVid1: "This video is unavailable",
  paymentVid1: "This video requires payment to watch",
  loginNeeded: "Please sign in. Use --cookies",
  botCheckVid: "Sign in to confirm you\u2019re not a bot",
  rateLimited: "has been rate-limited by YouTube for up to an hour",
  captchaVid1: "YouTube is requiring a captcha challenge",
  drmProtect1: "This video is DRM protected",
  sabrOnlyVid: "No video formats found!",
  liveEndedV1: "This live stream recording is not available",
  upcomingVid: "This live event will begin in 5 hours.",
  premiereVid: "Premieres in 5 hours",
  watch429Vid: "Failed to extract any player response",
  watch503Vid: "Failed to extract any player response",
};

test(
  "each makes yt-dlp say what it says of the real site",
  async () => {
    const { stderr } = await ytDlp(
      "--simulate",
      "--quiet",
      "--ignore-errors",
      ...Object.keys(messages).map(double.url),
    );
    for (const [id, message] of Object.entries(messages))
      expect(stderr).toMatch(new RegExp(`ERROR: \\[youtube\\] ${id}: .*${message}`));
    expect(stderr).toContain("watch429Vid: Unable to download webpage: HTTP Error 429: Too Many Requests");
    expect(stderr).toContain("SABR-only streaming experiment");
  },
  limitMs,
);

test(
  "an upcoming stream tells when it starts",
  async () => {
    const { stdout } = await ytDlp(
      ...[
        "--simulate",
        "--ignore-no-formats-error",
        "--print",
        "%(live_status)s %(release_timestamp)s",
        double.url("upcomingVid"),
      ],
    );
    expect(stdout.trim()).toBe("is_upcoming 4102444800");
  },
  limitMs,
);

/** Downloads one after the other in one run, which goes on after an error. */
const download = (...ids: string[]) =>
  ytDlp("--quiet", "-f", "18", "--socket-timeout", "2", "-o", "%(id)s.mp4", "-i", ...ids.map(double.url));
const errorsIn = (stderr: string) => stderr.split("\n").filter((line) => line.startsWith("ERROR:"));

test(
  "a 403 on the media ends a download; where it strikes three times, the fourth download succeeds",
  async () => {
    const strikes = Array.from({ length: 4 }, () => "media403one");
    const { stderr } = await download("media403Vid", ...strikes);
    const refused = expect.stringContaining("unable to download video data: HTTP Error 403: Forbidden");
    expect(errorsIn(stderr)).toEqual([refused, refused, refused, refused]);
    expect((await readdir(dir.path)).filter((name) => name.startsWith("media403"))).toEqual(["media403one.mp4"]);
  },
  limitMs,
);

test(
  "a break, a stall or a 5xx that strikes once is overcome by asking for the rest",
  async () => {
    const ids = ["cutOnceVid1", "stallOnceV1", "media503one", "watch503one"];
    const { exitCode, stdout } = await download(...ids);
    expect([exitCode, stdout]).toEqual([0, ""]);
    for (const id of ids) {
      expect((await ffprobe(join(dir.path, `${id}.mp4`))).streams.length).toBe(2);
    }
    expect(mediaRequests("cutOnceVid1").map((r) => r.range?.startsWith("bytes=0-"))).toEqual([true, false]);
  },
  limitMs,
);

test(
  "a break that strikes each time ends in an error that counts the bytes",
  async () => {
    expect((await download("cutMediaVid")).stderr).toMatch(/\d+ bytes read, \d+ more expected/);
  },
  limitMs,
);

test(
  "truncated, empty and disguised media arrive as they are",
  async () => {
    const { stderr } = await download("truncateVid", "emptyMedia1", "disguisedV1");
    expect(errorsIn(stderr)).toEqual([expect.stringContaining("Did not get any data blocks")]);
    const whole = await stat((await makeClips()).path("landscape/18.mp4"));
    expect((await stat(join(dir.path, "truncateVid.mp4"))).size).toBe(Math.floor(whole.size * 0.4));
    expect(await readFile(join(dir.path, "disguisedV1.mp4"), "utf8")).toStartWith("#EXTM3U");
  },
  limitMs,
);

test(
  "media padded to 30 MB stays a valid file",
  async () => {
    expect((await download("bigVideo001")).exitCode).toBe(0);
    const path = join(dir.path, "bigVideo001.mp4");
    expect((await stat(path)).size).toBe(30 * 1_048_576);
    expect((await ffprobe(path)).streams.map((s) => s.codec_name)).toEqual(["h264", "aac"]);
  },
  limitMs,
);

test(
  "limited captions in one language stop that language alone when it is fetched alone",
  async () => {
    const captions = (language: string) =>
      ytDlp("--skip-download", "--write-subs", "--sub-langs", language, "-o", "limited", double.url("caption4291"));
    expect((await captions("fr")).stderr).toContain("Unable to download video subtitles for 'fr': HTTP Error 429");
    expect((await captions("en")).exitCode).toBe(0);
  },
  limitMs,
);

test(
  "a redirect to a plain private address is refused by the proxy and shows in its log",
  async () => {
    expect((await download("redirectVid")).exitCode).toBe(1);
    expect(double.refused.at(-1)).toStartWith("GET http://127.0.0.1:9/private");
  },
  limitMs,
);
