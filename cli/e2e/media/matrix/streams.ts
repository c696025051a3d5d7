import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { ffmpeg, type MediaScene } from "../media-scene.ts";
import {
  type Delivered,
  groupSeconds,
  inputs,
  picture,
  type SourceKind,
  sound,
  sourceSeconds,
  type TimeRange,
} from "./source-kind.ts";

const vod = ["-hls_time", String(groupSeconds), "-hls_list_size", "0", "-hls_playlist_type", "vod"];
type At = (file: string) => string;

/** A stream that lies in a folder of its own; `make` writes it, with the manifest as `index`. */
const stream = (
  name: string,
  as: "hls" | "dash",
  make: (at: At, scene: MediaScene, base: string) => void | Promise<void>,
  rest: Partial<SourceKind> = {},
): SourceKind => ({
  name: `${as.toUpperCase()}: ${name}`,
  group: "stream",
  make: async (scene, base): Promise<Delivered> => {
    await scene.folder(base);
    await make((file) => scene.at(`${base}/${file}`), scene, base);
    return { as, path: `${base}/index.${as === "hls" ? "m3u8" : "mpd"}` };
  },
  ...rest,
});

const muxed = (at: At, ...output: readonly string[]) =>
  ffmpeg(...inputs(), ...picture, ...sound, ...vod, ...output, at("index.m3u8"));

/** A master playlist of a picture and a sound of its own. */
export const master = (video: string, audio: string) => `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE="en",URI="${audio}"
#EXT-X-STREAM-INF:BANDWIDTH=200000,CODECS="avc1.42c00a,mp4a.40.2",RESOLUTION=96x64,AUDIO="a"
${video}
`;

/** A playlist of segments; null stands for a discontinuity. */
const playlist = (segments: readonly (readonly [file: string, seconds: number] | null)[]) =>
  [
    ...["#EXTM3U", "#EXT-X-VERSION:3", `#EXT-X-TARGETDURATION:${sourceSeconds}`, "#EXT-X-PLAYLIST-TYPE:VOD"],
    ...segments.flatMap((one) => (one === null ? ["#EXT-X-DISCONTINUITY"] : [`#EXTINF:${one[1]},`, one[0]])),
    "#EXT-X-ENDLIST\n",
  ].join("\n");

/** How picture and sound lie apart. */
interface Apart {
  /** When each begins in the source, in seconds. */
  readonly pictureFrom?: number;
  readonly soundFrom?: number;
  /** What both clocks show at the start of the source, in seconds. */
  readonly clock?: number;
  readonly muxer?: readonly string[];
}

/** Picture and sound as playlists of their own, on one clock. */
async function apart(
  at: At,
  { pictureFrom = 0, soundFrom = 0, clock = 10, muxer = [] }: Apart,
  only: "v" | "a" | null = null,
): Promise<void> {
  const from = (start: number) => ["-output_ts_offset", String(clock + start), "-muxdelay", "0", "-muxpreload", "0"];
  const part = (startSeconds: number, name: string, ...output: readonly string[]) => {
    const own = muxer.map((option) => option.replace("init.mp4", `${name}-init.mp4`));
    ffmpeg(...inputs({ startSeconds }), ...output, ...from(startSeconds), ...vod, ...own, at(`${name}.m3u8`));
  };
  if (only !== "a") part(pictureFrom, "v", "-map", "0:v", ...picture);
  if (only !== "v") part(soundFrom, "a", "-map", "1:a", ...sound);
  await writeFile(at("index.m3u8"), master("v.m3u8", "a.m3u8"));
}

const inFragments = ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"];

/** The time of a transport stream's clock as a tag ahead of packed audio. */
function timeTag(seconds: number): Buffer {
  const owner = Buffer.from("com.apple.streaming.transportStreamTimestamp\0");
  const tag = Buffer.alloc(20 + owner.length + 8);
  tag.write("ID3\u0004", 0, "latin1");
  tag[9] = tag.length - 10;
  tag.write("PRIV", 10, "latin1");
  tag[17] = owner.length + 8;
  owner.copy(tag, 20);
  tag.writeBigUInt64BE(BigInt(Math.round(seconds * 90_000)) % 2n ** 33n, 20 + owner.length);
  return tag;
}

/** The frames of sound in ADTS (ISO 14496-3), each as long as it says. */
function adtsFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 6 < bytes.length; ) {
    const length = (bytes.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
    frames.push(bytes.subarray(at, at + length));
    at += length;
  }
  return frames;
}

/** Picture in a transport stream; sound in no container, each of whose segments begins with the time of its start. */
async function packed(at: At, soundFrom: number): Promise<void> {
  await apart(at, { soundFrom });
  ffmpeg(...inputs({ startSeconds: soundFrom }), "-map", "1:a", ...sound, "-f", "adts", at("a.aac"));
  const frames = adtsFrames(await readFile(at("a.aac")));
  const [each, frameSeconds] = [94, 1_024 / 48_000];
  const segments: [string, number][] = [];
  for (let first = 0; first < frames.length; first += each) {
    const some = frames.slice(first, first + each);
    const name = `a${segments.length}.aac`;
    await writeFile(at(name), Buffer.concat([timeTag(10 + soundFrom + first * frameSeconds), ...some]));
    segments.push([name, some.length * frameSeconds]);
  }
  await writeFile(at("a.m3u8"), playlist(segments));
}

/** A key of AES-128 for FFmpeg: its address, its file and the vector. */
export async function aesKey(scene: MediaScene, folder: string): Promise<string> {
  await scene.write(`${folder}/key.bin`, "0123456789abcdef");
  const vector = "00000000000000000000000000000001";
  await scene.write(`${folder}/key.txt`, `key.bin\n${scene.at(`${folder}/key.bin`)}\n${vector}\n`);
  return scene.at(`${folder}/key.txt`);
}

/** A part of the timecode, and how it is encoded. */
interface Part extends TimeRange {
  readonly output?: readonly string[];
}

/** DASH of a period for each part, whose clocks all start anew. */
async function dashPeriods(at: At, parts: readonly Part[]): Promise<void> {
  const periods: string[] = [];
  for (const [index, { output = [...picture, ...sound], ...range }] of parts.entries()) {
    await mkdir(at(String(index)));
    const path = at(`${index}/own.mpd`);
    ffmpeg(...inputs(range), ...output, "-f", "dash", "-seg_duration", String(groupSeconds), path);
    const content = /<Period[^>]*>([\s\S]*)<\/Period>/.exec(await readFile(path, "utf8"))?.[1] ?? "";
    const seconds = range.endSeconds - range.startSeconds;
    periods.push(`<Period id="${index}" duration="PT${seconds}S"><BaseURL>${index}/</BaseURL>${content}</Period>`);
  }
  const head = '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">';
  await writeFile(at("index.mpd"), `${head}${periods.join("")}</MPD>`);
}

const half = sourceSeconds / 2;
const later: TimeRange = { startSeconds: 0.6, endSeconds: sourceSeconds };
const advertisement = [
  ...["-vf", "scale=192:128", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
];
const halves: readonly TimeRange[] = [
  { startSeconds: 0, endSeconds: half },
  { startSeconds: half, endSeconds: sourceSeconds },
];

export const streams: readonly SourceKind[] = [
  stream("transport stream", "hls", (at) => muxed(at)),
  stream("fragmented MP4", "hls", (at) => muxed(at, "-hls_segment_type", "fmp4")),
  stream("byte ranges", "hls", (at) => muxed(at, "-hls_flags", "single_file")),
  stream("AES-128", "hls", async (at, scene, base) => muxed(at, "-hls_key_info_file", await aesKey(scene, base))),
  stream("sound of its own", "hls", (at) => apart(at, {})),
  stream("sound that begins later", "hls", (at) => apart(at, { soundFrom: 0.6 }), { sound: later }),
  stream(
    "sound in fragmented MP4 that begins later",
    "hls",
    (at) => apart(at, { soundFrom: 0.6, muxer: inFragments }),
    {
      sound: later,
    },
  ),
  stream(
    "sound in byte ranges that begins later",
    "hls",
    (at) => apart(at, { soundFrom: 0.6, muxer: ["-hls_flags", "single_file"] }),
    { sound: later },
  ),
  stream("packed audio with times that begins later", "hls", (at) => packed(at, 0.6), { sound: later }),
  stream("picture that begins later", "hls", (at) => apart(at, { pictureFrom: 2 }), {
    picture: { startSeconds: 2, endSeconds: sourceSeconds },
  }),
  // Half of the source lies behind the end of the clock.
  stream("a clock that starts anew", "hls", (at) => apart(at, { soundFrom: 0.6, clock: 2 ** 33 / 90_000 - 6 }), {
    sound: later,
  }),
  stream("packed audio", "hls", async (at) => {
    ffmpeg(...inputs(), "-map", "0:v", ...picture, ...vod, at("v.m3u8"));
    ffmpeg(...inputs(), "-map", "1:a", ...sound, "-f", "adts", at("a.aac"));
    await writeFile(at("a.m3u8"), playlist([["a.aac", sourceSeconds]]));
    await writeFile(at("index.m3u8"), master("v.m3u8", "a.m3u8"));
  }),
  stream(
    "a discontinuity with fresh timestamps",
    "hls",
    async (at) => {
      for (const [index, range] of halves.entries()) ffmpeg(...inputs(range), ...picture, ...sound, at(`${index}.ts`));
      await writeFile(at("index.m3u8"), playlist([["0.ts", half], null, ["1.ts", half]]));
    },
    { joints: [half] },
  ),
  stream(
    "discontinuities in a picture and a sound that begins later",
    "hls",
    async (at) => {
      // In each half a clock of its own, which picture and sound share.
      for (const [index, { startSeconds, endSeconds }] of halves.entries()) {
        const from = (start: number) => ["-output_ts_offset", String(10 + start), "-muxdelay", "0", "-muxpreload", "0"];
        const silent = index === 0 ? 0.6 : 0;
        ffmpeg(...inputs({ startSeconds, endSeconds }), "-map", "0:v", ...picture, ...from(0), at(`v${index}.ts`));
        const own = inputs({ startSeconds: startSeconds + silent, endSeconds });
        ffmpeg(...own, "-map", "1:a", ...sound, ...from(silent), at(`a${index}.ts`));
      }
      await writeFile(at("v.m3u8"), playlist([["v0.ts", half], null, ["v1.ts", half]]));
      await writeFile(at("a.m3u8"), playlist([["a0.ts", half - 0.6], null, ["a1.ts", half]]));
      await writeFile(at("index.m3u8"), master("v.m3u8", "a.m3u8"));
    },
    { joints: [half], sound: later },
  ),
  stream(
    "picture in a transport stream beside a sound in fragmented MP4 that begins later",
    "hls",
    async (at) => {
      await apart(at, { soundFrom: 0.6, muxer: inFragments });
      await apart(at, { soundFrom: 0.6 }, "v");
    },
    { sound: later },
  ),
  {
    name: "HLS: sound alone",
    group: "stream",
    picture: null,
    make: async (scene, base) => {
      await scene.folder(base);
      ffmpeg(...inputs(), "-map", "1:a", ...sound, ...vod, scene.at(`${base}/index.m3u8`));
      return { as: "hls", path: `${base}/index.m3u8` };
    },
  },
  {
    name: "HLS: packed audio with times alone",
    group: "stream",
    picture: null,
    make: async (scene, base) => {
      await scene.folder(base);
      await packed((file) => scene.at(`${base}/${file}`), 0);
      return { as: "hls", path: `${base}/a.m3u8` };
    },
  },
  stream("one period", "dash", (at) => {
    ffmpeg(...inputs(), ...picture, ...sound, "-f", "dash", "-seg_duration", String(groupSeconds), at("index.mpd"));
  }),
  stream(
    "sound that begins later",
    "dash",
    (at) => {
      const late = ["-filter:a", `atrim=start=${later.startSeconds}`];
      ffmpeg(
        ...inputs(),
        ...late,
        ...picture,
        ...sound,
        "-f",
        "dash",
        "-seg_duration",
        String(groupSeconds),
        at("index.mpd"),
      );
    },
    { sound: later },
  ),
  stream("several periods", "dash", (at) => dashPeriods(at, halves), { joints: [half] }),
  stream(
    "several periods, with sound that begins later",
    "dash",
    (at) => {
      const late = ["-filter:a", `atrim=start=${later.startSeconds}`, ...picture, ...sound];
      return dashPeriods(at, [{ startSeconds: 0, endSeconds: half, output: late }, halves[1] as TimeRange]);
    },
    { joints: [half], sound: later },
  ),
  stream(
    "WebM whose sound begins later",
    "dash",
    (at) => {
      const late = ["-filter:a", `atrim=start=${later.startSeconds}`, "-c:v", "libvpx-vp9", "-deadline", "realtime"];
      const coded = ["-cpu-used", "8", "-g", "50", "-keyint_min", "50", "-b:v", "300k", "-c:a", "libopus"];
      const own = ["-f", "dash", "-dash_segment_type", "webm", "-seg_duration", String(groupSeconds)];
      ffmpeg(...inputs(), ...late, ...coded, ...own, at("index.mpd"));
    },
    { sound: later, warnings: ["plays_not_everywhere"] },
  ),
  stream(
    "periods of different codecs and sizes",
    "dash",
    (at) =>
      dashPeriods(at, [
        { startSeconds: 0, endSeconds: 5 },
        { startSeconds: 5, endSeconds: 7, output: advertisement },
        { startSeconds: 7, endSeconds: sourceSeconds },
      ]),
    { joints: [5, 7], warnings: ["periods_encoded"] },
  ),

  stream(
    "a segment is missing",
    "hls",
    async (at) => {
      muxed(at);
      await rm(at("index3.ts"));
    },
    { group: "broken", refusals: ["source_error"] },
  ),
  stream(
    "a segment is cut short",
    "hls",
    async (at) => {
      muxed(at);
      await truncate(at("index3.ts"), 188 * 10);
    },
    { group: "broken", refusals: ["output_invalid"], warnings: ["media_has_gaps"] },
  ),
];
