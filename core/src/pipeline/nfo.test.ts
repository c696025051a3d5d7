import { describe, expect, test } from "bun:test";
import { nfoOf } from "./nfo.ts";
import { uncut } from "./timeline/cut.ts";

const media = {
  extractor: "youtube",
  id: "sample00001",
  title: `<b>"Fish" & Chips</b>\u0000\uFFFE \uD83D 🗼 ]]>`,
  channel: "A & B",
  durationSeconds: 3_660,
  webpageUrl: "https://example.com/watch?v=1&t=2",
  thumbnailUrl: null,
  uploadedAt: "2026-01-02T03:04:05Z",
  isLive: false,
  chapters: [],
};

/** As a parser of XML that forgives nothing reads it: Python's, which is there for yt-dlp. */
function parse(xml: string): { tag: string; fields: Record<string, string>; attributes: Record<string, string> } {
  const program = [
    "import json, sys, xml.etree.ElementTree as E",
    "root = E.fromstring(sys.stdin.buffer.read())",
    "print(json.dumps({'tag': root.tag, 'fields': {e.tag: e.text for e in root}, 'attributes': root.find('uniqueid').attrib}))",
  ].join("\n");
  const run = Bun.spawnSync(["python3", "-c", program], { stdin: new TextEncoder().encode(xml) });
  if (run.exitCode !== 0) throw new Error(run.stderr.toString());
  return JSON.parse(run.stdout.toString());
}

describe("an NFO file", () => {
  test("is XML that says what is known of the video, whatever its title holds", () => {
    const { tag, fields, attributes } = parse(nfoOf(media, uncut));
    expect(tag).toBe("movie");
    expect(fields).toEqual({
      title: `<b>"Fish" & Chips</b> \uFFFD 🗼 ]]>`,
      studio: "A & B",
      premiered: "2026-01-02",
      year: "2026",
      runtime: "61",
      plot: "https://example.com/watch?v=1&t=2",
      uniqueid: "sample00001",
    });
    expect(attributes).toEqual({ type: "youtube", default: "true" });
  });

  test("of a chapter has its title and length", () => {
    const cut = {
      kept: [{ startSeconds: 60, endSeconds: 180 }],
      exact: false,
      part: { number: 2, title: "Two" },
      durationSeconds: 180,
    };
    expect(parse(nfoOf(media, cut)).fields).toMatchObject({ title: "Two", runtime: "2" });
  });

  test("leaves out what is not known", () => {
    const unknown = { ...media, channel: null, uploadedAt: null, durationSeconds: null };
    expect(Object.keys(parse(nfoOf(unknown, uncut)).fields)).toEqual(["title", "plot", "uniqueid"]);
  });
});
