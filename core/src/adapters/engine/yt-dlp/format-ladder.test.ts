import { beforeAll, describe, expect, test } from "bun:test";
import { fewUnlessWhole, runYtDlp, startYouTubeDouble, tempDir } from "@vidferry/testing";
import type { DownloadRequestInput } from "../../../jobs/request.ts";
import type { Info } from "./info.ts";
import { selectFormats } from "./test-selection.ts";

const limitMs = 120_000;
const sources = { ladder: "fullLadder1", enlarged: "upscaledVd1" } as const;

type Output = NonNullable<DownloadRequestInput["output"]>;
const video = (rest: object = {}): Output => ({ type: "video", ...rest });
const audio = (format: string, rest: object = {}): Output => ({ type: "audio", format, ...rest }) as Output;

/** By quality: the picture in MP4 and Matroska, where H.264 is preferred, and the one in WebM. */
const byQuality = {
  best: ["vp9 4320p60", "vp9 4320p60"],
  "4320p": ["vp9 4320p60", "vp9 4320p60"],
  "2160p": ["vp9 2160p60", "vp9 2160p60"],
  "1440p": ["vp9 1440p60", "vp9 1440p60"],
  "1080p": ["h264 1080p60", "vp9 1080p60"],
  "720p": ["h264 720p60", "vp9 720p60"],
  "480p": ["h264 480p", "vp9 480p"],
  "360p": ["h264 360p", "vp9 360p"],
  "240p": ["h264 240p", "vp9 240p"],
  "144p": ["h264 144p", "vp9 144p"],
} as const;

/** By quality: the picture of each codec that is asked for by name; there is no H.264 above 1080p. */
const byCodec = {
  best: { h264: "h264 1080p60", vp9: "vp9 4320p60", av1: "av1 4320p60" },
  "1440p": { h264: "h264 1080p60", vp9: "vp9 1440p60", av1: "av1 1440p60" },
  "1080p": { h264: "h264 1080p60", vp9: "vp9 1080p60", av1: "av1 1080p60" },
  "480p": { h264: "h264 480p", vp9: "vp9 480p", av1: "av1 480p" },
} as const;

/** By quality, with HDR wished for, of which there is none above 2160p and below 1080p: the picture in MP4, and the one in WebM. */
const byQualityInHdr = {
  best: ["vp9 2160p60 HDR", "vp9 2160p60 HDR"],
  "4320p": ["vp9 4320p60", "vp9 4320p60"],
  "2160p": ["vp9 2160p60 HDR", "vp9 2160p60 HDR"],
  "1440p": ["vp9 1440p60 HDR", "vp9 1440p60 HDR"],
  "1080p": ["vp9 1080p60 HDR", "vp9 1080p60 HDR"],
  "720p": ["h264 720p60", "vp9 720p60"],
} as const;

const entries = <T extends object>(table: T) => Object.entries(table) as [keyof T & string, T[keyof T]][];
type Row = readonly [keyof typeof sources, Output, string];

/** What is asked of which of the double's videos, and what is picked. */
const allRows: readonly Row[] = [
  ["ladder", video(), "h264 1080p60 + aac en-US"],
  ...entries(byQuality).flatMap(([quality, [wide, webm]]): Row[] => [
    ["ladder", video({ quality }), `${wide} + aac en-US`],
    ["ladder", video({ quality, container: "mkv" }), `${wide} + aac en-US`],
    ["ladder", video({ quality, container: "webm" }), `${webm} + opus en-US`],
  ]),
  ["ladder", video({ quality: "worst" }), "h264 144p + aac 50k en-US"],
  ["ladder", video({ quality: "worst", container: "mkv" }), "h264 144p + aac 50k en-US"],
  ["ladder", video({ quality: "worst", container: "webm" }), "vp9 144p + opus 50k en-US"],
  ...entries(byCodec).flatMap(([quality, pictures]) =>
    entries(pictures).map(([codec, picture]): Row => ["ladder", video({ quality, codec }), `${picture} + aac en-US`]),
  ),
  ["ladder", video({ quality: "worst", codec: "av1" }), "av1 144p + aac 50k en-US"],
  ["ladder", video({ codec: "av1", container: "webm" }), "av1 1080p60 + opus en-US"],
  ...entries(byQualityInHdr).flatMap(([quality, [mp4, webm]]): Row[] => [
    ["ladder", video({ quality, hdr: true }), `${mp4} + aac en-US`],
    ["ladder", video({ quality, hdr: true, container: "webm" }), `${webm} + opus en-US`],
  ]),
  ["ladder", video({ hdr: true, codec: "av1", quality: "2160p" }), "av1 2160p60 HDR + aac en-US"],
  ["ladder", video({ maxFps: 60, quality: "720p" }), "h264 720p60 + aac en-US"],
  ["ladder", video({ maxFps: 30 }), "h264 1080p + aac en-US"],
  ["ladder", video({ maxFps: 30, quality: "best" }), "h264 1080p + aac en-US"],

  ["ladder", audio("best"), "opus en-US"],
  ["ladder", audio("mp3"), "opus en-US"],
  ["ladder", audio("m4a"), "aac en-US"],
  ["ladder", audio("opus"), "opus en-US"],
  ["ladder", audio("flac"), "opus en-US"],
  ["ladder", audio("wav"), "opus en-US"],

  ["ladder", video({ audioLanguage: "original" }), "h264 1080p60 + aac en-US"],
  ["ladder", video({ audioLanguage: "de" }), "h264 1080p60 + aac de"],
  ["ladder", video({ audioLanguage: "de", container: "webm" }), "vp9 1080p60 + opus de"],
  // The one file with both has English sound.
  ["ladder", video({ audioLanguage: "de", quality: "360p" }), "h264 360p + aac de"],
  ["ladder", video({ audioLanguage: "he" }), "h264 1080p60 + aac iw"],
  ["ladder", video({ audioLanguage: "en-GB" }), "h264 1080p60 + aac en-US"],
  ["ladder", video({ audioLanguage: "fr" }), "h264 1080p60 + aac en-US"],
  ["ladder", video({ audioLanguage: "fr", quality: "360p" }), "h264 360p + aac en-US"],
  ["ladder", video({ audioLanguage: "all" }), "h264 1080p60 + aac en-US + aac iw + aac de"],
  ["ladder", video({ audioLanguage: "all", quality: "360p" }), "h264 360p + aac en-US + aac iw + aac de"],
  ["ladder", video({ audioLanguage: "all", container: "webm" }), "vp9 1080p60 + opus en-US + opus iw + opus de"],
  ["ladder", audio("m4a", { audioLanguage: "de" }), "aac de"],
  ["ladder", audio("opus", { audioLanguage: "de" }), "opus de"],

  ["ladder", video({ variants: ["drc"] }), "h264 1080p60 + aac en-US drc"],
  ["ladder", video({ variants: ["drc"], audioLanguage: "de" }), "h264 1080p60 + aac de drc"],
  ["ladder", audio("best", { variants: ["drc"] }), "opus en-US drc"],
  ["enlarged", video(), "h264 480p + aac en"],
  ["enlarged", video({ quality: "best" }), "h264 480p + aac en"],
  ["enlarged", video({ variants: ["upscaled"] }), "h264 1080p60 sr + aac en"],
  ["enlarged", video({ variants: ["upscaled"], quality: "480p" }), "h264 480p + aac en"],
];

/** Those that walk the ladder; the table of the choice has the rest on formats that are made up. */
const isAmongFew = ([source, output]: Row): boolean => {
  if (source === "enlarged" || output.type !== "video") return source === "enlarged";
  const { quality = "1080p", container = "mp4" } = output;
  return ["best", "1080p", "360p"].includes(quality) && container !== "mkv";
};
const rows = fewUnlessWhole(allRows, isAmongFew);

let picks: readonly string[] = [];
beforeAll(async () => {
  await using dir = await tempDir("vidferry-ladder");
  const double = await startYouTubeDouble();
  const listed = new Map<string, readonly Readonly<Record<string, unknown>>[]>();
  try {
    const { stdout, stderr } = await runYtDlp(double, dir.path, ["-J", ...Object.values(sources).map(double.url)]);
    const found = stdout.trim().split("\n");
    for (const [index, name] of Object.keys(sources).entries()) {
      if (!found[index]) throw new Error(stderr);
      listed.set(name, (JSON.parse(found[index]) as { formats: Record<string, unknown>[] }).formats);
    }
  } finally {
    await double.stop();
  }
  const chosen = await selectFormats(rows.map(([source, output]) => ({ formats: listed.get(source) ?? [], output })));
  picks = chosen.map((formats) => formats.map(named).join(" + "));
}, limitMs);

const codecs = { avc1: "h264", vp9: "vp9", vp09: "vp9", av01: "av1", mp4a: "aac", opus: "opus" } as const;
const codecOf = (name: string | null | undefined) => codecs[(name ?? "").split(".")[0] as keyof typeof codecs] ?? name;

/** A format as a person would name it. */
function named({ format_id, vcodec, acodec, height, fps, dynamic_range, language }: Info["formats"][number]): string {
  const variant = /-(sr|drc)\b/.exec(format_id)?.[1];
  const picture = vcodec === "none" ? [] : [codecOf(vcodec), `${height}p${fps === 30 ? "" : fps}`];
  const sound =
    acodec === "none" ? [] : [codecOf(acodec), ...(/^(139|249)/.test(format_id) ? ["50k"] : []), language ?? ""];
  const range = vcodec !== "none" && dynamic_range !== "SDR" ? ["HDR"] : [];
  return [...picture, ...range, ...sound, variant ?? ""].filter((word) => word !== "").join(" ");
}

describe("what is picked of YouTube's ladder", () => {
  test.each(rows.map(([source, output, expected], index) => [source, output, expected, index] as const))(
    "%s, %j: %s",
    (_source, _output, expected, index) => {
      expect(picks[index]).toBe(expected);
    },
  );
});
