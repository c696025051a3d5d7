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

/** Picture and sound as playlists of one segment each, on one clock that starts at ten seconds; the sound begins later. */
async function apart(at: At, silentSeconds: number): Promise<void> {
  const clock = (start: number) => ["-output_ts_offset", String(start), "-muxdelay", "0", "-muxpreload", "0"];
  const late = { startSeconds: silentSeconds };
  ffmpeg(...inputs(), "-map", "0:v", ...picture, ...clock(10), at("v.ts"));
  ffmpeg(...inputs(late), "-map", "1:a", ...sound, ...clock(10 + silentSeconds), at("a.ts"));
  await writeFile(at("v.m3u8"), playlist([["v.ts", sourceSeconds]]));
  await writeFile(at("a.m3u8"), playlist([["a.ts", sourceSeconds - silentSeconds]]));
  await writeFile(at("index.m3u8"), master("v.m3u8", "a.m3u8"));
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
  stream("sound of its own", "hls", (at) => apart(at, 0)),
  stream("sound that begins later", "hls", (at) => apart(at, 0.6), {
    sound: { startSeconds: 0.6, endSeconds: sourceSeconds },
    soundAloneFrom: 0.6,
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
  stream("one period", "dash", (at) => {
    ffmpeg(...inputs(), ...picture, ...sound, "-f", "dash", "-seg_duration", String(groupSeconds), at("index.mpd"));
  }),
  stream("several periods", "dash", (at) => dashPeriods(at, halves), { joints: [half] }),
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
