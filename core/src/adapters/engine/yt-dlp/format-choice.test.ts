import { beforeAll, describe, expect, test } from "bun:test";
import type { DownloadRequestInput } from "../../../jobs/request.ts";
import { selectFormats } from "./test-selection.ts";

type Fields = Readonly<Record<string, unknown>>;

const picture = (id: string, short: number, vcodec: string, rest: Fields = {}): Fields => ({
  ...{ format_id: id, vcodec, acodec: "none", width: Math.round((short * 16) / 9), height: short, fps: 30 },
  ...{ ext: vcodec.startsWith("vp") ? "webm" : "mp4", url: `https://media.example/${id}`, dynamic_range: "SDR" },
  ...{ tbr: short, language_preference: -1, ...rest },
});
const sound = (id: string, acodec: string, abr: number, rest: Fields = {}): Fields => ({
  ...{ format_id: id, vcodec: "none", acodec, abr, tbr: abr, url: `https://media.example/${id}` },
  ...{ ext: acodec === "opus" ? "webm" : "m4a", quality: abr > 100 ? 3 : 2, language_preference: -1, ...rest },
});
const both = (id: string, short: number, rest: Fields = {}) =>
  picture(id, short, "avc1.4d401f", { acodec: "mp4a.40.2", ...rest });

const hdr = { dynamic_range: "HDR10", fps: 60 };
const pictures = [
  ...[144, 240, 360, 480, 720, 1080].flatMap((short) => [
    picture(`h264-${short}`, short, "avc1.4d401f"),
    picture(`vp9-${short}`, short, "vp9"),
    picture(`av1-${short}`, short, "av01.0.08M.08"),
  ]),
  ...[720, 1080].map((short) => picture(`h264-${short}-60`, short, "avc1.64002a", { fps: 60 })),
  ...[720, 1080, 1440, 2160].map((short) => picture(`vp9-${short}-60`, short, "vp9", { fps: 60 })),
  ...[1440, 2160, 4320].map((short) => picture(`av1-${short}-60`, short, "av01.0.12M.08", { fps: 60 })),
  ...[1080, 1440, 2160].map((short) => picture(`vp9-${short}-hdr`, short, "vp09.02.51.10.01.09.16.09.00", hdr)),
  picture("av1-4320-hdr", 4320, "av01.0.17M.10.0.110.09.16.09.0", hdr),
];
const upscaled = [picture("399-sr", 2160, "av01.0.12M.08", { format_note: "2160p, AI-upscaled" })];
const plain = [sound("139", "mp4a.40.5", 48), sound("140", "mp4a.40.2", 129), sound("251", "opus", 130)];
const compressed = [
  sound("140-drc", "mp4a.40.2", 129, { format_note: "medium, DRC" }),
  sound("251-drc", "opus", 131, { format_note: "medium, DRC" }),
];
const dubbed = ["en", "de", "es-US", "iw"].flatMap((language, index) => {
  const marks = { language, language_preference: language === "en" ? 10 : -1 };
  return [sound(`140-${index}`, "mp4a.40.2", 129, marks), sound(`251-${index}`, "opus", 130 + index, marks)];
});
const described = sound("251-4", "opus", 140, { language: "en-desc", language_preference: -10 });

const sources = {
  ladder: [...pictures, ...plain, both("18", 360)],
  variants: [picture("399", 1080, "av01.0.08M.08"), ...upscaled, ...plain, ...compressed],
  onlyCompressed: [picture("h264-720", 720, "avc1.4d401f"), compressed[1] ?? {}],
  onlyVariants: [...upscaled, compressed[1] ?? {}],
  dubs: [...pictures, ...dubbed, described, both("18", 360, { language: "en", language_preference: 10 })],
  opusOriginal: [
    picture("h264-720", 720, "avc1.4d401f"),
    sound("251", "opus", 130, { language: "en", language_preference: 10 }),
    sound("140", "mp4a.40.2", 129, { language: "de", language_preference: -1 }),
  ],
  renditions: [
    picture("hls-720", 720, "avc1.4d401f", { protocol: "m3u8_native" }),
    sound("alternate", "mp4a.40.2", 128, { language: "de", source_preference: -2 }),
    sound("default", "mp4a.40.2", 96, { language: "en" }),
  ],
  // A direct link.
  unknown: [{ format_id: "file", ext: "mp4", url: "https://media.example/file" }],
  muxedDubs: [
    both("de-1080", 1080, { language: "de", language_preference: -1 }),
    both("en-360", 360, { language: "en", language_preference: 10 }),
    both("en-720", 720, { language: "en", language_preference: 10 }),
  ],
  muxed: [
    both("hls-poor", 144, { acodec: "mp4a.40.5" }),
    both("hls-240", 240, { tbr: 400 }),
    both("hls-1080", 1080, { tbr: 5_000 }),
  ],
  muxedRates: [both("low", 144, { abr: 48 }), both("full", 360, { abr: 128 }), both("large", 1080, { abr: 128 })],
  onlyHdr: [picture("vp9-hdr", 1080, "vp09.02.51.10.01.09.16.09.00", hdr), ...plain],
  streamed: [picture("rtmp", 1080, "avc1.4d401f", { url: "rtmp://media.example/live" }), both("web", 360)],
} satisfies Record<string, readonly Fields[]>;

type Output = NonNullable<DownloadRequestInput["output"]>;
const video = (rest: object = {}): Output => ({ type: "video", ...rest });
const audio = (format: string, rest: object = {}): Output => ({ type: "audio", format, ...rest }) as Output;

/** What is asked of which source, and what is picked. */
const rows: readonly (readonly [keyof typeof sources, Output, string])[] = [
  ...[144, 240, 480].map((short) => ["ladder", video({ quality: `${short}p` }), `h264-${short}+140`] as const),
  // One file instead of two that have to be merged.
  ["ladder", video({ quality: "360p" }), "18"],
  ["ladder", video(), "h264-1080-60+140"],
  ["ladder", video({ quality: "720p" }), "h264-720-60+140"],
  ["ladder", video({ quality: "1440p" }), "vp9-1440-60+140"],
  ["ladder", video({ quality: "2160p" }), "vp9-2160-60+140"],
  ["ladder", video({ quality: "4320p" }), "av1-4320-60+140"],
  ["ladder", video({ quality: "best" }), "av1-4320-60+140"],
  ["ladder", video({ quality: "worst" }), "h264-144+139"],
  ["ladder", video({ container: "mkv" }), "h264-1080-60+140"],
  ["ladder", video({ container: "webm" }), "vp9-1080-60+251"],
  ["ladder", video({ container: "webm", quality: "4320p" }), "av1-4320-60+251"],
  ["ladder", video({ codec: "h264", quality: "2160p" }), "h264-1080-60+140"],
  ["ladder", video({ codec: "vp9" }), "vp9-1080-60+140"],
  ["ladder", video({ codec: "av1" }), "av1-1080+140"],
  ["ladder", video({ codec: "av1", container: "webm" }), "av1-1080+251"],
  ["ladder", video({ maxFps: 30 }), "h264-1080+140"],
  ["ladder", video({ maxFps: 30, quality: "best" }), "h264-1080+140"],
  ["ladder", video({ hdr: true }), "vp9-1080-hdr+140"],
  ["ladder", video({ hdr: true, quality: "best" }), "av1-4320-hdr+140"],
  ["ladder", video({ hdr: true, quality: "720p" }), "h264-720-60+140"],
  ["ladder", audio("best"), "251"],
  ["ladder", audio("mp3"), "251"],
  ["ladder", audio("wav"), "251"],
  ["ladder", audio("flac"), "251"],
  ["ladder", audio("m4a"), "140"],
  ["ladder", audio("opus"), "251"],
  ["variants", video({ quality: "best" }), "399+140"],
  ["variants", audio("best"), "251"],
  ["onlyVariants", video(), "399-sr+251-drc"],
  ["onlyCompressed", video(), "h264-720+251-drc"],
  ["variants", video({ quality: "best", variants: ["upscaled"] }), "399-sr+140"],
  ["variants", video({ variants: ["drc"] }), "399+140-drc"],
  ["variants", video({ quality: "best", variants: ["upscaled", "drc"], container: "webm" }), "399-sr+251-drc"],
  ["variants", audio("best", { variants: ["drc"] }), "251-drc"],
  ["variants", audio("m4a", { variants: ["drc"] }), "140-drc"],
  ["ladder", video({ variants: ["upscaled", "drc"] }), "h264-1080-60+140"],
  ["dubs", video(), "h264-1080-60+140-0"],
  ["dubs", video({ quality: "360p" }), "18"],
  ["dubs", video({ container: "webm" }), "vp9-1080-60+251-0"],
  ["dubs", video({ audioLanguage: "de" }), "h264-1080-60+140-1"],
  ["dubs", video({ audioLanguage: "es-MX" }), "h264-1080-60+140-2"],
  ["dubs", video({ audioLanguage: "he" }), "h264-1080-60+140-3"],
  ["dubs", video({ audioLanguage: "en-desc" }), "h264-1080-60+251-4"],
  ["dubs", video({ audioLanguage: "fr" }), "h264-1080-60+140-0"],
  ["dubs", video({ audioLanguage: "all" }), "h264-1080-60+140-0+140-3+140-2+140-1"],
  ["dubs", video({ audioLanguage: "all", container: "webm" }), "vp9-1080-60+251-0+251-3+251-2+251-1"],
  ["dubs", audio("best"), "251-0"],
  ["dubs", audio("m4a", { audioLanguage: "de" }), "140-1"],
  ["opusOriginal", video(), "h264-720+251"],
  ["opusOriginal", audio("m4a"), "251"],
  ["renditions", video(), "hls-720+default"],
  ["renditions", audio("mp3"), "default"],
  ["renditions", audio("mp3", { audioLanguage: "de" }), "alternate"],
  ["muxedDubs", video(), "en-720"],
  ["muxedDubs", video({ audioLanguage: "de" }), "de-1080"],
  ["muxedDubs", audio("mp3"), "en-360"],
  ["muxed", audio("mp3"), "hls-240"],
  ["muxed", video(), "hls-1080"],
  ["muxedRates", audio("m4a"), "full"],
  // To be transcribed: the smallest that is understood, in the original language.
  ...(
    [
      ["ladder", "139"],
      ["variants", "139"],
      ["dubs", "140-0"],
      ["renditions", "default"],
      ["muxedDubs", "en-360"],
      ["muxed", "hls-poor"],
      ["streamed", "web"],
    ] as const
  ).map(([source, picked]) => [source, { type: "transcript" }, picked] as const),
  ["onlyHdr", video(), "vp9-hdr+140"],
  ["streamed", video(), "web"],
  ["unknown", video({ codec: "h264", maxFps: 30 }), "file"],
  ["unknown", video({ codec: "av1", container: "webm" }), "file"],
];

let picks: readonly string[] = [];
beforeAll(async () => {
  const chosen = await selectFormats(rows.map(([source, output]) => ({ formats: sources[source], output })));
  picks = chosen.map((formats) => formats.map(({ format_id }) => format_id).join("+"));
}, 180_000);

describe("what is picked of the formats that a source has", () => {
  test.each(rows.map(([source, output, expected], index) => [source, output, expected, index] as const))(
    "of %s for %j: %s",
    (_source, _output, expected, index) => {
      expect(picks[index]).toBe(expected);
    },
  );
});
