import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ffprobe, runYtDlp } from "../genuine-yt-dlp.ts";
import { startMediaOrigin } from "../media-origin/index.ts";
import { type TempDir, tempDir } from "../temp-dir.ts";
import { nChallenge, signatureChallenge, solveN, solveSignature } from "./challenges.ts";
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
  playlist_count: number;
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
    "solves both challenges, downloads by ranges and merges what ffprobe finds to be what was asked for",
    async () => {
      const { exitCode, stderr } = await ytDlp("-f", "299+140", "-o", "merged.%(ext)s", double.url("sampleVid01"));
      expect([exitCode, stderr]).toEqual([0, ""]);
      const { seconds, streams } = await ffprobe(join(dir.path, "merged.mp4"));
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
    "is refused media when the challenges are left unsolved",
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
        const { seconds, streams } = await ffprobe(join(dir.path, `${id}.every`));
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
    "has the whole ladder to 4320p with each sound in each language, and marks what a machine has enlarged",
    async () => {
      const { formats } = await json(double.url("fullLadder1"));
      const ids = formats.map((format) => format.format_id);
      expect(ids).toEqual(expect.arrayContaining(["272", "571", "701", "337", "140-0", "140-2", "251-drc-1"]));
      const heights = formats.map(({ height }) => height);
      for (const height of [144, 240, 360, 480, 720, 1080, 1440, 2160, 4320]) expect(heights).toContain(height);
      const enlarged = await json(double.url("upscaledVd1"));
      expect(enlarged.formats.map((format) => format.format_id)).toEqual(
        expect.arrayContaining(["135", "136-sr", "299-sr"]),
      );
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
      const { entries, playlist_count } = await flat(double.playlistUrl("PLsampleLong0001"));
      expect([entries.length, entries.at(-1)?.id, playlist_count]).toEqual([120, "listItem120", 120]);
    },
    limitMs,
  );

  test(
    "an empty playlist is empty, and one that does not exist is an error",
    async () => {
      expect((await flat(double.playlistUrl("PLsampleEmpty001"))).entries).toEqual([]);
      await expect(flat(double.playlistUrl("PLsampleMissing1"))).rejects.toThrow(
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
      expect(shorts.entries).toMatchObject([{ id: "shortsVid01", title: "A short" }]);
      const lists = await flat("https://www.youtube.com/@sample/playlists");
      expect(lists.entries.map((e) => [e.id, e.title])).toEqual([
        ["PLsampleList0001", "Sample list"],
        ["PLsampleLong0001", "A hundred and twenty"],
      ]);
    },
    limitMs,
  );

  test(
    "a channel's tab goes on over several pages, and one it does not have is an error",
    async () => {
      const videos = Array.from({ length: 70 }, (_, index) => `manyVideo${index + 10}`);
      const channel = { id: "UCmanyVideosChannel000000", handle: "@many", title: "Many", videos };
      double.catalogue.channels.set(channel.id, channel);
      const { entries } = await flat("https://www.youtube.com/@many/videos");
      expect(entries.map((e) => e.id)).toEqual(videos);
      await expect(flat("https://www.youtube.com/@many/shorts")).rejects.toThrow("does not have a shorts tab");
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
