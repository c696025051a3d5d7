import { stat, truncate } from "node:fs/promises";
import { h264 } from "../media-scene.ts";
import { groupSeconds, inputs, picture, type SourceKind, sound, sourceSeconds } from "./source-kind.ts";

/** A file with picture and sound; the extension is that of its address. */
const file = (
  name: string,
  group: SourceKind["group"],
  extension: string,
  output: readonly string[],
  rest: Partial<SourceKind> = {},
): SourceKind => ({
  name,
  group,
  make: (scene, base) => {
    const path = `${base}.${extension}`;
    scene.make(...inputs(), ...output, path);
    return { as: rest.picture === null ? "sound" : "file", path };
  },
  ...rest,
});

const groups = String(groupSeconds * 25);
const vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", groups, "-b:v", "300k"];
const opus = ["-c:a", "libopus", "-b:a", "96k"];
/** Ten bits with the transfer function of HDR10. */
const hdr = [
  ...["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-tag:v", "hev1"],
  ...["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"],
  ...["-x265-params", `log-level=error:keyint=${groups}:min-keyint=${groups}:scenecut=0:open-gop=0`],
];
/** Of encoders that place them elsewhere: key frames by time. */
const keyFrames = ["-force_key_frames", `expr:gte(t,n_forced*${groupSeconds})`];
const x264 = (...rest: readonly string[]) => [...picture, ...rest];
const fiveOne = ["-af", `pan=5.1|${["FL", "FR", "FC", "LFE", "BL", "BR"].map((name) => `${name}=0.5*c0`).join("|")}`];
const early = { startSeconds: 0, endSeconds: 8 };
const late = { startSeconds: 4, endSeconds: sourceSeconds };

export const files: readonly SourceKind[] = [
  file("MP4, index ahead", "file", "mp4", [...picture, ...sound, "-movflags", "+faststart"]),
  file("MP4, index behind", "file", "mp4", [...picture, ...sound]),
  file("MP4 in fragments", "file", "mp4", [
    ...[...picture, ...sound, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"],
  ]),
  file("MPEG-TS", "file", "ts", [...picture, ...sound]),
  // Half of it lies behind the end of the clock.
  file("MPEG-TS whose clock starts anew", "file", "ts", [
    ...[...picture, ...sound, "-output_ts_offset", String(2 ** 33 / 90_000 - sourceSeconds / 2)],
  ]),
  {
    name: "MP4 whose beginning is not shown",
    group: "file",
    make: (scene, base) => {
      const path = `${base}.mp4`;
      const early = inputs({ startSeconds: -3 });
      // One a second before the source begins, and as usual from two seconds on.
      const frames = Array.from({ length: sourceSeconds / groupSeconds }, (_, index) => 3 + groupSeconds * (index + 1));
      const keyed = [...h264({ keyFrameSeconds: 100 }), "-force_key_frames", ["2", ...frames].join(",")];
      scene.make(...early, ...keyed, ...sound, `${base}-all.mp4`);
      // A copy begins at a key frame; a list of edits says what of it is shown.
      scene.make("-ss", "3", "-i", scene.at(`${base}-all.mp4`), "-c", "copy", path);
      return { as: "file", path };
    },
  },
  file("MKV with B-frames", "file", "mkv", [...h264({ keyFrameSeconds: groupSeconds, bFrames: 3 }), ...sound]),
  file("MP4 with B-frames", "file", "mp4", [...h264({ keyFrameSeconds: groupSeconds, bFrames: 3 }), ...sound]),
  file("WebM of VP9 and Opus", "file", "webm", [...vp9, ...opus], { warnings: ["plays_not_everywhere"] }),
  file("MKV as octet-stream", "file", "bin", [...picture, ...sound, "-f", "matroska"]),
  file("MP4 as text", "file", "txt", [...picture, ...sound, "-f", "mp4"]),

  {
    name: "turned picture",
    group: "picture",
    make: (scene, base) => {
      const path = `${base}.mp4`;
      scene.make(...inputs(), "-vf", "transpose=clock", ...picture, ...sound, `${base}-lying.mp4`);
      // FFmpeg writes the turn only while it copies.
      scene.make("-i", scene.at(`${base}-lying.mp4`), "-c", "copy", "-metadata:s:v", "rotate=90", path);
      return { as: "file", path };
    },
  },
  file("odd size", "picture", "webm", [
    ...["-vf", "crop=95:63", "-c:v", "libvpx", "-g", groups, "-keyint_min", groups, "-b:v", "300k", ...opus],
  ]),
  file(
    "variable frame rate",
    "picture",
    "mp4",
    ["-vf", "select='not(between(mod(n,20),5,8))'", "-fps_mode", "vfr", ...picture, ...keyFrames, ...sound],
    { held: 0.16 },
  ),
  file("HDR, kept", "picture", "mkv", [...hdr, ...sound], { hdr: true, warnings: ["plays_not_everywhere"] }),
  file("HDR, converted", "picture", "mp4", [...hdr, ...sound], { isReadable: false, warnings: ["hdr_converted"] }),
  file("10 bits", "picture", "mkv", x264("-pix_fmt", "yuv420p10le", ...sound)),
  file("4:4:4", "picture", "mp4", x264("-pix_fmt", "yuv444p", ...sound)),
  file(
    "picture that ends early",
    "picture",
    "mkv",
    ["-filter:v", `trim=end=${early.endSeconds}`, ...picture, ...sound],
    { picture: early, warnings: ["picture_ends_early"] },
  ),

  file("sound of 5.1", "sound", "mkv", [...picture, ...fiveOne, "-c:a", "ac3", "-b:a", "256k"]),
  file("several sounds", "sound", "mkv", [
    ...["-f", "lavfi", "-i", `sine=frequency=1000:duration=${sourceSeconds}`, "-map", "0:v", "-map", "2:a"],
    ...["-map", "1:a", ...picture, ...sound, "-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=eng"],
    ...["-disposition:a:0", "0", "-disposition:a:1", "default"],
  ]),
  file("sound that ends early", "sound", "mp4", ["-filter:a", `atrim=end=${early.endSeconds}`, ...picture, ...sound], {
    sound: early,
    warnings: ["sound_ends_early"],
  }),
  file(
    "MPEG-TS whose sound ends early",
    "sound",
    "ts",
    ["-filter:a", `atrim=end=${early.endSeconds}`, ...picture, ...sound],
    { sound: early },
  ),
  file(
    "sound that begins late",
    "sound",
    "mp4",
    ["-filter:a", `atrim=start=${late.startSeconds}`, ...picture, ...sound],
    { sound: late },
  ),
  file("sound that pauses", "sound", "mkv", ["-filter:a", "aselect='lt(t,5)+gte(t,6)'", ...picture, ...sound], {
    sound: [
      { startSeconds: 0, endSeconds: 5 },
      { startSeconds: 6, endSeconds: sourceSeconds },
    ],
  }),
  file(
    "WebM whose sound begins late",
    "sound",
    "webm",
    ["-filter:a", `atrim=start=${late.startSeconds}`, ...vp9, ...opus],
    { sound: late, warnings: ["plays_not_everywhere"] },
  ),
  file("no sound", "sound", "mp4", ["-map", "0:v", ...picture], { sound: null }),
  file(
    "MP3 of variable bit rate without a length",
    "sound",
    "mp3",
    [...["-map", "1:a", "-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0"]],
    { picture: null },
  ),
  file("FLAC of 24 bits", "sound", "flac", ["-map", "1:a", "-c:a", "flac", "-sample_fmt", "s32"], { picture: null }),

  {
    name: "MP4 cut short",
    group: "broken",
    refusals: ["output_invalid"],
    make: async (scene, base) => {
      const path = `${base}.mp4`;
      scene.make(...inputs(), ...picture, ...sound, "-movflags", "+faststart", path);
      await truncate(scene.at(path), Math.floor((await stat(scene.at(path))).size / 2));
      return { as: "file", path };
    },
  },
];
