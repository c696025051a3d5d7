import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile, stat } from "node:fs/promises";
import type { JobResource } from "@vidferry/core";
import { pictureInput, soundInput, timelineFaults } from "@vidferry/testing";
import { type Service, startService } from "../service.ts";
import { aesKey, master } from "./matrix/streams.ts";
import { h264, type MediaScene, saveFile, setMediaScene } from "./media-scene.ts";

const limitMs = 180_000;
/** The timecode is repeated so often that the files are half an hour long. */
const loopSeconds = 60;
const loops = 30;
const videoId = "longOfVideo";
/** In the middle of a loop, between key frames 5 s apart. */
const wanted = { startSeconds: 15 * loopSeconds + 12, endSeconds: 15 * loopSeconds + 22 };
const copied = { startSeconds: 10, endSeconds: 22 };
const exact = { startSeconds: 12, endSeconds: 22 };
/** The most that may move of the half hour. */
const largestShare = 0.05;

const options = {
  "index-ahead.mp4": ["-movflags", "+faststart"],
  "index-behind.mp4": [],
  "cues-behind.mkv": [],
} as const;
const asCopied = [wanted, copied] as const;
const asExact = [{ ...wanted, exact: true }, exact] as const;
type Clips = readonly (typeof asCopied | typeof asExact)[];

const files: readonly (readonly [name: keyof typeof options, clips: Clips])[] = [
  ["index-ahead.mp4", [asCopied, asExact]],
  ["index-behind.mp4", [asExact]],
  ["cues-behind.mkv", [asCopied]],
];

const long = () => ["-i", media.at("long.mp4")];
const hls = ["-c", "copy", "-f", "hls", "-hls_time", "6", "-hls_list_size", "0", "-hls_playlist_type", "vod"];
const dash = ["-c", "copy", "-f", "dash", "-seg_duration", "6"];
/** Each makes a stream of the half hour. */
const makers = {
  "hls/muxed.m3u8": (name: string) => media.make(...long(), ...hls, name),
  "hls/apart.m3u8": async (name: string) => {
    for (const kind of ["v", "a"]) media.make(...long(), "-map", `0:${kind}`, ...hls, `hls/${kind}.m3u8`);
    await media.write(name, master("v.m3u8", "a.m3u8"));
  },
  "hls/ranges.m3u8": (name: string) =>
    media.make(...long(), ...hls, "-hls_segment_type", "fmp4", "-hls_flags", "single_file", name),
  "hls/aes.m3u8": async (name: string) =>
    media.make(...long(), ...hls, "-hls_key_info_file", await aesKey(media, "hls"), name),
  // A packager that has counted wrong: what is said to be at half an hour is at 15 minutes.
  "hls/wrong.m3u8": async (name: string) => {
    const list = await readFile(media.at("hls/muxed.m3u8"), "utf8");
    const wrong = list.replaceAll(/#EXTINF:([\d.]+)/g, (_, said) => `#EXTINF:${Number(said) * 2}`);
    await media.write(name, wrong);
  },
  "dash/time.mpd": (name: string) => media.make(...long(), ...dash, name),
  "dash/number.mpd": (name: string) => media.make(...long(), ...dash, "-use_timeline", "0", name),
  "dash/list.mpd": async (name: string) =>
    await media.write(name, asList(await readFile(media.at("dash/number.mpd"), "utf8"))),
  "dash/base.mpd": (name: string) => media.write(name, baseManifest),
} as const;
const streams: readonly (readonly [name: keyof typeof makers, clips: Clips])[] = [
  ["hls/muxed.m3u8", [asCopied, asExact]],
  ["hls/apart.m3u8", [asCopied]],
  ["hls/ranges.m3u8", [asExact]],
  ["hls/aes.m3u8", [asExact]],
  ["hls/wrong.m3u8", [asExact]],
  ["dash/time.mpd", [asCopied]],
  ["dash/number.mpd", [asExact]],
  ["dash/list.mpd", [asCopied]],
  ["dash/base.mpd", [asCopied]],
];
const baseManifest = `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT30M"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="v" codecs="avc1.42c00a" bandwidth="90000" width="96" height="32">
<BaseURL>../160.mp4</BaseURL><SegmentBase indexRange="0-999"/></Representation></AdaptationSet>
<AdaptationSet mimeType="audio/mp4"><Representation id="a" codecs="mp4a.40.2" bandwidth="96000">
<BaseURL>../140.mp4</BaseURL><SegmentBase indexRange="0-999"/></Representation></AdaptationSet></Period></MPD>`;

/** A manifest of numbered segments as one that lists them. */
const asList = (manifest: string): string =>
  manifest.replaceAll(
    /(<Representation id="(\d)"[\s\S]*?)<SegmentTemplate [^>]*>\s*<\/SegmentTemplate>/g,
    (_, before: string, id: string) => {
      const urls = Array.from({ length: (loopSeconds * loops) / 6 }, (_, index) => {
        return `<SegmentURL media="chunk-stream${id}-${String(index + 1).padStart(5, "0")}.m4s"/>`;
      });
      const init = `<Initialization sourceURL="init-stream${id}.m4s"/>`;
      return `${before}<SegmentList duration="6" timescale="1">${init}${urls.join("")}</SegmentList>`;
    },
  );

const fragments = ["-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof+global_sidx"];

let media: MediaScene;
let viaDouble: Service;
const ofDouble = (itag: number) => media.at(`${itag}.mp4`);

beforeAll(async () => {
  media = await setMediaScene({ WORKER_CONCURRENCY: "2" });
  // Sound that is a little shorter leaves the length of each loop to the picture.
  const inputs = [...pictureInput({ seconds: loopSeconds, fps: 10 }), ...soundInput({ seconds: loopSeconds - 0.1 })];
  const picture = h264({ keyFrameSeconds: 2 });
  media.make(...inputs, ...picture, "-c:a", "aac", "-b:a", "96k", "loop.mp4");
  media.make("-stream_loop", String(loops - 1), "-i", media.at("loop.mp4"), "-c", "copy", "long.mp4");
  for (const [name] of files) media.make("-i", media.at("long.mp4"), "-c", "copy", ...options[name], name);
  media.make("-i", media.at("long.mp4"), "-map", "0:v", ...fragments, "160.mp4");
  media.make("-i", media.at("long.mp4"), "-map", "0:a", ...fragments, "-frag_duration", "5000000", "140.mp4");
  await media.folder("hls");
  await media.folder("dash");
  for (const [name] of streams) await makers[name](name);
  media.scene.youtube.addVideo({
    id: videoId,
    challenge: "none",
    media: { seconds: loopSeconds * loops, files: { 160: ofDouble(160), 140: ofDouble(140) } },
  });
  const own = await media.scene.folder("double");
  viaDouble = await startService(media.scene, {
    DATABASE_URL: `sqlite:${own}/jobs.db`,
    STORAGE_URL: `file:${own}/files`,
    WORK_DIR: `${own}/work`,
    // Less than the half hour has.
    MAX_FILE_BYTES: "10MiB",
  });
}, limitMs);
afterAll(async () => {
  await viaDouble?.[Symbol.asyncDispose]();
  await media?.[Symbol.asyncDispose]();
});

const faultsOf = async (service: Service, job: JobResource, kept: typeof copied) => {
  const [artifact] = job.artifacts;
  if (job.state !== "succeeded" || !artifact) throw new Error(`${job.state}: ${JSON.stringify(job.error)}`);
  return await timelineFaults(await saveFile(service, media.scene, artifact), [kept], { tolerance: 0.2 });
};
const sum = (requests: readonly { readonly bytesSent: number }[]) =>
  requests.reduce((bytes, { bytesSent }) => bytes + bytesSent, 0);

describe("a clip of ten seconds of half an hour", () => {
  test.each(files)(
    "moves little of %s, and is what it would be of the whole file",
    async (name, clips) => {
      const { size } = await stat(media.at(name));
      for (const [clip, kept] of clips) {
        const from = media.origin.requests.length;
        const job = await media.run(name, { clip });
        expect(await faultsOf(media.service, job, kept)).toEqual([]);
        // yt-dlp looks at the start of a link to see what it is.
        const moved = sum(media.origin.requests.slice(from).filter(({ range }) => range !== null));
        expect(moved / size).toBeLessThan(largestShare);
      }
    },
    limitMs,
  );

  test.each(streams)(
    "moves few segments of %s, and is what it would be of all",
    async (name, clips) => {
      const { size } = await stat(media.at("long.mp4"));
      for (const [clip, kept] of clips) {
        const from = media.origin.requests.length;
        const job = await media.run(name, { clip });
        expect(await faultsOf(media.service, job, kept)).toEqual([]);
        const moved = sum(media.origin.requests.slice(from).filter(({ path }) => !/\.(m3u8|mpd)$/.test(path)));
        expect(moved).toBeGreaterThan(0);
        expect(moved / size).toBeLessThan(largestShare);
      }
    },
    limitMs,
  );

  test(
    "moves little of picture and sound that lie apart",
    async () => {
      const sizes = await Promise.all([160, 140].map(async (itag) => (await stat(ofDouble(itag))).size));
      const job = await viaDouble.run({ url: media.scene.youtube.url(videoId), clip: wanted });
      expect(await faultsOf(viaDouble, job, copied)).toEqual([]);
      const moved = sum(media.scene.mediaRequests(videoId));
      expect(moved / sizes.reduce((one, other) => one + other, 0)).toBeLessThan(largestShare);
      expect(job.progress.downloadedBytes).toBeLessThanOrEqual(moved);
    },
    limitMs,
  );
});
