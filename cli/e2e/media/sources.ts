import { readFile } from "node:fs/promises";
import { pictureInput, soundInput, timecodeInputs } from "@vidferry/testing";
import { ffmpeg, h264, type MediaScene } from "./media-scene.ts";

/** Seconds of media in every source. */
export const sourceSeconds = 12;
/** Distance of key frames and length of segments, in seconds. */
const groupSeconds = 2;

/** A kind of source that a service meets in the wild. */
export interface SourceKind {
  readonly name: string;
  /** Makes its files in the origin's folder; returns the path that is posted. */
  make(scene: MediaScene): string | Promise<string>;
  /** Sound begins so much later than the picture, in seconds. Default: 0. */
  readonly silentSeconds?: number;
  /** Where two recordings meet in it, in seconds. */
  readonly joints?: readonly number[];
}

const whole = { seconds: sourceSeconds };
const picture = h264({ keyFrameSeconds: groupSeconds });
const sound = ["-c:a", "aac", "-b:a", "96k"];
const segments = ["-hls_time", String(groupSeconds), "-hls_list_size", "0", "-hls_playlist_type", "vod"];

/** One file with picture and sound. */
const file = (name: string, output: readonly string[]): SourceKind => ({
  name: `a file: ${name}`,
  make: (scene) => {
    scene.make(...timecodeInputs(whole), ...output, name);
    return name;
  },
});

/** An HLS stream of the muxed timecode; `folder` holds it. */
const hls = (
  name: string,
  folder: string,
  output: (at: (file: string) => string) => readonly string[],
): SourceKind => ({
  name: `HLS: ${name}`,
  make: async (scene) => {
    await scene.folder(folder);
    const at = (file: string) => scene.at(`${folder}/${file}`);
    ffmpeg(...timecodeInputs(whole), ...picture, ...sound, ...segments, ...output(at), at("index.m3u8"));
    return `${folder}/index.m3u8`;
  },
});

/** A master playlist of a picture and a sound of its own. */
export const master = (video: string, audio: string) => `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE="en",URI="${audio}"
#EXT-X-STREAM-INF:BANDWIDTH=200000,CODECS="avc1.42c00a,mp4a.40.2",RESOLUTION=96x32,AUDIO="a"
${video}
`;

/** Picture and sound as playlists of one segment each, on one clock that starts at ten seconds; the sound begins later. */
async function apart(scene: MediaScene, folder: string, silentSeconds: number): Promise<string> {
  await scene.folder(folder);
  const at = (file: string) => scene.at(`${folder}/${file}`);
  const clock = (start: number) => ["-output_ts_offset", String(start), "-muxdelay", "0", "-muxpreload", "0"];
  const late = { seconds: sourceSeconds - silentSeconds, startSeconds: silentSeconds };
  ffmpeg(...pictureInput(whole), ...picture, ...clock(10), at("v.ts"));
  ffmpeg(...soundInput(late), ...sound, ...clock(10 + silentSeconds), at("a.ts"));
  const list = (segment: string, seconds: number) =>
    `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:12\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:${seconds},\n${segment}\n#EXT-X-ENDLIST\n`;
  await scene.write(`${folder}/v.m3u8`, list("v.ts", sourceSeconds));
  await scene.write(`${folder}/a.m3u8`, list("a.ts", sourceSeconds - silentSeconds));
  await scene.write(`${folder}/index.m3u8`, master("v.m3u8", "a.m3u8"));
  return `${folder}/index.m3u8`;
}

/** A key of AES-128 for FFmpeg: its address, its file and the vector. */
export async function aesKey(scene: MediaScene, folder: string): Promise<string> {
  await scene.folder(folder);
  await scene.write(`${folder}/key.bin`, "0123456789abcdef");
  await scene.write(
    `${folder}/key.txt`,
    `key.bin\n${scene.at(`${folder}/key.bin`)}\n00000000000000000000000000000001\n`,
  );
  return scene.at(`${folder}/key.txt`);
}

/** A part of the timecode that is encoded in a way of its own. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly size?: string;
  readonly output: readonly string[];
}

/** DASH of a period for each part, whose clocks all start anew. */
async function dashPeriods(scene: MediaScene, folder: string, parts: readonly Part[]): Promise<string> {
  const periods: string[] = [];
  for (const [index, { from, to, output, ...look }] of parts.entries()) {
    const own = `${folder}/${index}`;
    await scene.folder(own);
    const inputs = timecodeInputs({ seconds: to - from, startSeconds: from, ...look });
    const path = scene.at(`${own}/own.mpd`);
    ffmpeg(...inputs, ...output, "-f", "dash", "-seg_duration", String(groupSeconds), path);
    const content = /<Period[^>]*>([\s\S]*)<\/Period>/.exec(await readFile(path, "utf8"))?.[1] ?? "";
    periods.push(`<Period id="${index}" duration="PT${to - from}S"><BaseURL>${index}/</BaseURL>${content}</Period>`);
  }
  const manifest = `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">${periods.join("")}</MPD>`;
  await scene.write(`${folder}/index.mpd`, manifest);
  return `${folder}/index.mpd`;
}

/** Each is the timecode from 0 to {@link sourceSeconds}, whatever carries it. */
export const sourceKinds: readonly SourceKind[] = [
  file("front.mp4", [...picture, ...sound, "-movflags", "+faststart"]),
  file("behind.mp4", [...picture, ...sound]),
  file("fragmented.mp4", [...picture, ...sound, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"]),
  file("plain.ts", [...picture, ...sound]),
  file("b-frames.mkv", [...h264({ keyFrameSeconds: groupSeconds, bFrames: 3 }), ...sound]),
  file("vp9.webm", [
    ...["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "50", "-b:v", "300k"],
    ...["-c:a", "libopus", "-b:a", "96k"],
  ]),
  hls("transport stream", "hls-ts", () => []),
  hls("fragmented MP4", "hls-fmp4", () => ["-hls_segment_type", "fmp4"]),
  hls("byte ranges", "hls-ranges", () => ["-hls_flags", "single_file"]),
  {
    name: "HLS: AES-128",
    make: async (scene) => {
      const key = await aesKey(scene, "hls-aes");
      const output = scene.at("hls-aes/index.m3u8");
      ffmpeg(...timecodeInputs(whole), ...picture, ...sound, ...segments, "-hls_key_info_file", key, output);
      return "hls-aes/index.m3u8";
    },
  },
  { name: "HLS: sound of its own", make: (scene) => apart(scene, "hls-apart", 0) },
  { name: "HLS: sound that begins later", make: (scene) => apart(scene, "hls-late", 0.6), silentSeconds: 0.6 },
  {
    name: "HLS: packed audio",
    make: async (scene) => {
      await scene.folder("hls-packed");
      const at = (file: string) => scene.at(`hls-packed/${file}`);
      ffmpeg(...pictureInput(whole), ...picture, ...segments, at("v.m3u8"));
      ffmpeg(...soundInput(whole), ...sound, "-f", "adts", at("a.aac"));
      const audio = `#EXTM3U\n#EXT-X-TARGETDURATION:12\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:12,\na.aac\n#EXT-X-ENDLIST\n`;
      await scene.write("hls-packed/a.m3u8", audio);
      await scene.write("hls-packed/index.m3u8", master("v.m3u8", "a.m3u8"));
      return "hls-packed/index.m3u8";
    },
  },
  {
    name: "HLS: a discontinuity with fresh timestamps",
    joints: [sourceSeconds / 2],
    make: async (scene) => {
      await scene.folder("hls-discontinuity");
      const at = (file: string) => scene.at(`hls-discontinuity/${file}`);
      const half = sourceSeconds / 2;
      for (const part of [0, 1]) {
        const inputs = timecodeInputs({ seconds: half, startSeconds: part * half });
        ffmpeg(...inputs, ...picture, ...sound, at(`${part}.ts`));
      }
      const list = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:6,\n0.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:6,\n1.ts\n#EXT-X-ENDLIST\n`;
      await scene.write("hls-discontinuity/index.m3u8", list);
      return "hls-discontinuity/index.m3u8";
    },
  },
  {
    name: "DASH: one period",
    make: async (scene) => {
      await scene.folder("dash");
      const output = ["-f", "dash", "-seg_duration", String(groupSeconds), scene.at("dash/index.mpd")];
      ffmpeg(...timecodeInputs(whole), ...picture, ...sound, ...output);
      return "dash/index.mpd";
    },
  },
  {
    name: "DASH: several periods",
    joints: [6],
    make: (scene) => {
      const output = [...picture, ...sound];
      return dashPeriods(scene, "dash-periods", [
        { from: 0, to: 6, output },
        { from: 6, to: sourceSeconds, output },
      ]);
    },
  },
  {
    name: "DASH: an advertisement of another codec and size between two periods",
    joints: [5, 7],
    make: (scene) => {
      const output = [...picture, ...sound];
      const advertisement = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"];
      return dashPeriods(scene, "dash-advertisement", [
        { from: 0, to: 5, output },
        { from: 5, to: 7, size: "192x64", output: advertisement },
        { from: 7, to: sourceSeconds, output },
      ]);
    },
  },
  {
    name: "a direct link under a wrong type",
    make: (scene) => {
      scene.make(...timecodeInputs(whole), ...picture, ...sound, "-f", "matroska", "video.bin");
      return "video.bin";
    },
  },
];
