import { expect, test } from "bun:test";
import type { Probe, ProbedFormat } from "@vidferry/core";
import { tableLines } from "../terminal/table.ts";
import { probeLines } from "./probe-lines.ts";

const format = (fields: Partial<ProbedFormat>): ProbedFormat => ({
  ...{ id: "18", container: "mp4", videoCodec: null, audioCodec: null, width: null, height: null, fps: null },
  ...{ hdr: false, bitrateKbps: null, bytes: null, language: null },
  ...fields,
});

test("a video is told with its formats, the best first, and its languages", () => {
  const probe = {
    kind: "video",
    media: {
      title: "Title",
      channel: null,
      durationSeconds: 3_723.4,
      isLive: false,
      uploadedAt: "2026-03-01T10:00:00Z",
      webpageUrl: "https://youtu.be/x",
      chapters: [{ startSeconds: 65, title: "Second" }],
    },
    formats: [
      format({ id: "140", container: "m4a", audioCodec: "aac", bitrateKbps: 129.6, bytes: 1_500_000, language: "en" }),
      format({ id: "137", videoCodec: "h264", height: 1_080, fps: 29.97, bitrateKbps: 4_000 }),
    ],
    subtitles: [
      { language: "en", name: null, automatic: false },
      { language: "de", name: null, automatic: true },
    ],
    listUrl: null,
  } as unknown as Probe;
  expect(probeLines(probe)).toEqual([
    "title      Title",
    "length     1:02:03",
    "published  2026-03-01",
    "link       https://youtu.be/x",
    "subtitles  en",
    "automatic  de",
    "chapters   1:05 Second",
    "",
    " ID  HEIGHT  FPS  VIDEO  AUDIO  LANG  KBPS    SIZE  FILE",
    "137    1080   30  h264                4000          mp4",
    "140                      aac    en     130  1.5 MB  m4a",
  ]);
});

test("a list is told with its entries, why some cannot be had, and that there are more", () => {
  const entry = {
    kind: "video",
    id: "a",
    url: "https://youtu.be/a",
    title: "A",
    durationSeconds: 61,
    uploadedAt: null,
  };
  const probe = {
    ...{ kind: "playlist", id: "PL", title: "List", channel: "Me", webpageUrl: "https://x", count: 3, nextCursor: "1" },
    entries: [
      { ...entry, unavailable: null },
      { ...entry, title: null, durationSeconds: null, unavailable: "video_private" },
    ],
  } as Probe;
  expect(probeLines(probe).slice(4)).toEqual([
    "",
    "LENGTH  LINK                TITLE",
    "  1:01  https://youtu.be/a  A",
    "        https://youtu.be/a   (video_private)",
    "",
    "There are more: --limit N shows them.",
  ]);
});

test("a table is aligned by what is seen of it", () => {
  expect(
    tableLines(
      ["NAME", "N", "EMPTY"],
      [
        ["日本", "1", ""],
        ["a", "100", ""],
      ],
    ),
  ).toEqual(["NAME    N", "日本    1", "a     100"]);
});
