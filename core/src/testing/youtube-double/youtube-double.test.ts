import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeClips } from "../clips.ts";
import { probe, runYtDlp } from "../genuine-yt-dlp.ts";
import { startMediaOrigin } from "../media-origin/index.ts";
import { type TempDir, tempDir } from "../temp-dir.ts";
import { nChallenge, signatureChallenge, solveN, solveSignature } from "./challenges.ts";
import { startYouTubeDouble, type YouTubeDouble } from "./index.ts";

const limitMs = 60_000;
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

interface Info {
  id: string;
  title: string;
  duration: number;
  live_status: string;
  formats: { format_id: string; height?: number; dynamic_range?: string; vcodec: string }[];
  subtitles: Record<string, unknown>;
  automatic_captions: Record<string, unknown>;
  chapters: { title: string; start_time: number }[];
  entries: { id: string; title: string; duration: number }[];
}

async function json(...args: string[]): Promise<Info> {
  const { stdout, stderr } = await ytDlp("-J", ...args);
  if (!stdout.startsWith("{")) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe("the genuine yt-dlp on an ordinary video", () => {
  test(
    "lists title, length, formats, captions and chapters",
    async () => {
      const info = await json("--write-auto-subs", double.url("sampleVid01"));
      expect(info).toMatchObject({
        id: "sampleVid01",
        title: "Sample video: a tour",
        duration: 12,
        live_status: "not_live",
      });
      expect(info.formats.map((f) => f.format_id)).toEqual(
        expect.arrayContaining(["18", "160", "134", "299", "303", "140", "251"]),
      );
      expect(Object.keys(info.subtitles).sort()).toEqual(["de", "en", "fr"]);
      expect(Object.keys(info.automatic_captions)).toEqual(expect.arrayContaining(["en-orig", "es", "de-fr"]));
      expect(info.chapters.map((c) => [c.start_time, c.title])).toEqual([
        [0, "Opening"],
        [4, "Middle"],
        [8, "End"],
      ]);
    },
    limitMs,
  );

  test(
    "solves both riddles, downloads by ranges and merges what ffprobe finds to be what was asked for",
    async () => {
      const { exitCode, stderr } = await ytDlp("-f", "299+140", "-o", "merged.%(ext)s", double.url("sampleVid01"));
      expect([exitCode, stderr]).toEqual([0, ""]);
      const { seconds, streams } = await probe(join(dir.path, "merged.mp4"));
      expect(seconds).toBeCloseTo(12, 0);
      expect(streams[0]).toMatchObject({ codec_name: "h264", width: 1920, height: 1080, avg_frame_rate: "60/1" });
      expect(streams[1]).toMatchObject({ codec_name: "aac" });
      const [picture, sound] = mediaRequests("sampleVid01");
      expect(picture?.range).toStartWith("bytes=0-");
      for (const [request, itag] of [
        [picture, 299],
        [sound, 140],
      ] as const) {
        expect(request?.query["n"]).toBe(solveN(nChallenge("sampleVid01")));
        expect(request?.query["sig"]).toBe(solveSignature(signatureChallenge("sampleVid01", itag)));
        expect(request?.status).toBe(206);
      }
    },
    limitMs,
  );

  test(
    "is refused media when the riddles are left unsolved",
    async () => {
      const url = `https://rr1---sn-sample.googlevideo.com/videoplayback?id=sampleVid01&itag=18&n=${nChallenge("sampleVid01")}`;
      const { stderr } = await ytDlp("--quiet", "-o", "unsolved.%(ext)s", url);
      expect(stderr).toContain("HTTP Error 403: Forbidden");
    },
    limitMs,
  );

  test(
    "has every height up to 2160p in the codec it claims, HDR and AV1 included where this FFmpeg can make them",
    async () => {
      const url = double.url("everyFormat");
      const { formats } = await json(url);
      const wanted = ["160", "278", "315", "308", "335", "399"].filter((id) => formats.some((f) => f.format_id === id));
      expect(wanted).toEqual(expect.arrayContaining(["160", "278", "308", "315"]));
      const { stderr } = await ytDlp("-f", wanted.join(","), "-o", "%(format_id)s.every", url);
      expect(stderr).toBe("");
      for (const id of wanted) {
        const listed = formats.find((f) => f.format_id === id);
        const { seconds, streams } = await probe(join(dir.path, `${id}.every`));
        expect(seconds).toBeCloseTo(12, 0);
        expect(streams[0]?.height).toBe(listed?.height);
        const codec = streams[0]?.codec_name ?? "";
        expect(listed?.vcodec).toStartWith({ h264: "avc1", vp9: "vp", av1: "av01" }[codec] ?? "none");
        expect(listed?.dynamic_range === "HDR10").toBe(streams[0]?.color_transfer === "smpte2084");
      }
    },
    limitMs,
  );

  test(
    "gets captions by a person, by speech recognition and translated",
    async () => {
      const languages = ["--sub-langs", "en,en-orig,es"];
      const fetch = (format: string, auto: string) =>
        ytDlp(
          "--skip-download",
          auto,
          "--sub-format",
          format,
          ...languages,
          "-o",
          "captions",
          double.url("sampleVid01"),
        );
      expect((await fetch("json3", "--write-auto-subs")).exitCode).toBe(0);
      expect((await fetch("vtt", "--write-subs")).exitCode).toBe(0);
      const spoken = JSON.parse(await readFile(join(dir.path, "captions.en-orig.json3"), "utf8"));
      expect(spoken.events.some((event: { aAppend?: number }) => event.aAppend === 1)).toBe(true);
      expect(await readFile(join(dir.path, "captions.es.json3"), "utf8")).toContain("[es] Hello");
      expect(await readFile(join(dir.path, "captions.en.vtt"), "utf8")).toContain("Hello, this is a sample.");
    },
    limitMs,
  );

  test(
    "finds SponsorBlock's segments and the thumbnail",
    async () => {
      const { stdout, exitCode } = await ytDlp(
        ...["--skip-download", "--write-thumbnail", "--sponsorblock-mark", "all", "-o", "thumb"],
        double.url("sampleVid01"),
      );
      expect(exitCode).toBe(0);
      expect(stdout).toContain("Found 1 segments in the SponsorBlock database");
      expect((await readdir(dir.path)).some((name) => name.startsWith("thumb."))).toBe(true);
    },
    limitMs,
  );

  test(
    "is reached by every form of address, and only through hosts of the site",
    async () => {
      const before = double.connects.length;
      const { stdout } = await ytDlp(
        ...["--simulate", "--print", "%(id)s %(width)sx%(height)s %(live_status)s"],
        "https://youtu.be/muxedOnly01",
        "https://music.youtube.com/watch?v=muxedOnly01",
        "https://www.youtube-nocookie.com/embed/muxedOnly01",
        "https://www.youtube.com/shorts/shortsVid01",
        "https://www.youtube.com/live/liveNowVid1",
      );
      const muxed = "muxedOnly01 640x360 not_live";
      expect(stdout.trim().split("\n")).toEqual([
        muxed,
        muxed,
        muxed,
        "shortsVid01 1080x1920 not_live",
        "liveNowVid1 640x360 is_live",
      ]);
      const hosts = double.connects
        .slice(before)
        .filter((host) => !/^(\w+\.)?(youtube|googlevideo)\.com:443$/.test(host));
      expect(hosts).toEqual([]);
      expect(double.refused).toEqual([]);
    },
    limitMs,
  );
});

describe("lists", () => {
  const flat = (url: string) => json("--flat-playlist", url);

  test(
    "a playlist has its entries, those that cannot be played included",
    async () => {
      const { entries, title } = await flat(double.playlistUrl("PLsampleList0001"));
      expect(title).toBe("Sample list");
      expect(entries.map((e) => e.id)).toEqual(["sampleVid01", "privateVid1", "muxedOnly01", "shortsVid01"]);
    },
    limitMs,
  );

  test(
    "a long playlist goes on over several pages",
    async () => {
      const { entries } = await flat(double.playlistUrl("PLsampleLong0001"));
      expect([entries.length, entries.at(-1)?.id]).toEqual([120, "listItem120"]);
    },
    limitMs,
  );

  test(
    "an empty playlist is empty, and one that does not exist is an error",
    async () => {
      expect((await flat(double.playlistUrl("PLsampleEmpty001"))).entries).toEqual([]);
      expect(flat(double.playlistUrl("PLsampleMissing1"))).rejects.toThrow(
        "YouTube said: The playlist does not exist.",
      );
    },
    limitMs,
  );

  test(
    "a channel's tabs list its videos, by handle and by id, also those added later",
    async () => {
      const channel = [...double.catalogue.channels.values()][0];
      if (!channel) throw new Error("no channel");
      double.addVideo({ id: "addedLater1", title: "Added later" });
      double.catalogue.channels.set(channel.id, { ...channel, videos: ["addedLater1", ...channel.videos] });
      const { entries } = await flat("https://www.youtube.com/@sample/videos");
      expect(entries[0]).toMatchObject({ id: "addedLater1", title: "Added later", duration: 12 });
      expect(entries.length).toBe(channel.videos.length + 1);
      const shorts = await flat(`https://www.youtube.com/channel/${channel.id}/shorts`);
      expect(shorts.entries.map((e) => e.id)).toEqual(["shortsVid01"]);
    },
    limitMs,
  );
});

describe("videos that fail", () => {
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

  const download = (id: string, ...args: string[]) =>
    ytDlp("--quiet", "-f", "18", "--socket-timeout", "2", "-o", `${id}.mp4`, ...args, double.url(id));

  test(
    "a 403 on the media ends the run; where it struck once, the next run succeeds",
    async () => {
      expect((await download("media403Vid")).stderr).toContain(
        "unable to download video data: HTTP Error 403: Forbidden",
      );
      expect((await download("media403one")).stderr).toContain("HTTP Error 403");
      expect((await download("media403one")).exitCode).toBe(0);
    },
    limitMs,
  );

  test(
    "a break, a stall or a 5xx that strikes once is overcome by asking for the rest",
    async () => {
      for (const id of ["cutOnceVid1", "stallOnceV1", "media503one", "watch503one"]) {
        const { exitCode, stdout } = await download(id);
        expect([id, exitCode, stdout]).toEqual([id, 0, ""]);
        expect((await probe(join(dir.path, `${id}.mp4`))).streams.length).toBe(2);
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
      expect((await download("truncateVid")).exitCode).toBe(0);
      const whole = await stat((await makeClips()).path("landscape/18.mp4"));
      expect((await stat(join(dir.path, "truncateVid.mp4"))).size).toBe(Math.floor(whole.size * 0.4));
      expect((await download("emptyMedia1")).stderr).toContain("Did not get any data blocks");
      expect((await download("disguisedV1")).exitCode).toBe(0);
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
      expect((await probe(path)).streams.map((s) => s.codec_name)).toEqual(["h264", "aac"]);
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
});

test(
  "a proxy with credentials turns away those who bring none",
  async () => {
    await using guarded = await startYouTubeDouble({ proxyCredentials: { username: "sam", password: "s3:cret" } });
    const open = { ...guarded, proxyUrl: guarded.proxyUrl.replace(/\/\/.*@/, "//") };
    const args = ["--simulate", "--print", "%(id)s", guarded.url("muxedOnly01")];
    expect((await runYtDlp(open, dir.path, args)).stderr).toContain("407");
    expect((await runYtDlp(guarded, dir.path, args)).stdout.trim()).toBe("muxedOnly01");
  },
  limitMs,
);

test(
  "the proxy leads to other origins that it is given, and to no others",
  async () => {
    await using origin = await startMediaOrigin();
    await using leading = await startYouTubeDouble({ directHosts: [`127.0.0.1:${origin.port}`] });
    const fetchWith = (proxied: YouTubeDouble, ...paths: string[]) =>
      runYtDlp(proxied, dir.path, ["--simulate", "--print", "%(id)s", ...paths.map((path) => origin.url(path))]);
    expect((await fetchWith(leading, "landscape/18.mp4", "hls/single.m3u8")).stdout.trim()).toBe("18\nsingle");
    expect(leading.connects.every((host) => host === `127.0.0.1:${origin.port}`)).toBe(true);
    expect((await fetchWith(double, "landscape/18.mp4")).stderr).toContain("403: Forbidden");
  },
  limitMs,
);
