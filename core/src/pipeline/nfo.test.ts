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

const details = {
  description: "Line <one> & two\n\n]]> \u0008three",
  channelId: "UCsample",
  categories: ["Education"],
  tags: ["a & b", "c"],
};

/** As a parser of XML that forgives nothing reads it: Python's, which is there for yt-dlp. */
function parse(xml: string): Parsed {
  const program = [
    "import json, sys, xml.etree.ElementTree as E",
    "root = E.fromstring(sys.stdin.buffer.read())",
    "print(json.dumps({'tag': root.tag, 'elements': [[e.tag, e.text, e.attrib] for e in root]}))",
  ].join("\n");
  const run = Bun.spawnSync(["python3", "-c", program], { stdin: new TextEncoder().encode(xml) });
  if (run.exitCode !== 0) throw new Error(run.stderr.toString());
  const { tag, elements } = JSON.parse(run.stdout.toString()) as { tag: string; elements: Parsed["elements"] };
  return { tag, elements, fields: Object.fromEntries(elements.map(([name, text]) => [name, text])) };
}

interface Parsed {
  readonly tag: string;
  readonly elements: readonly (readonly [tag: string, text: string, attributes: Readonly<Record<string, string>>])[];
  readonly fields: Readonly<Record<string, string>>;
}

/** What Kodi documents of a movie's elements, as far as they are written: how often each may be there, and its form. */
const movie: Readonly<Record<string, readonly [most: number, form: RegExp]>> = {
  title: [1, /./],
  originaltitle: [1, /./],
  studio: [Number.POSITIVE_INFINITY, /./],
  premiered: [1, /^\d{4}-\d\d-\d\d$/],
  year: [1, /^\d{4}$/],
  runtime: [1, /^[1-9]\d*$/],
  plot: [1, /./],
  genre: [Number.POSITIVE_INFINITY, /./],
  tag: [Number.POSITIVE_INFINITY, /./],
  thumb: [Number.POSITIVE_INFINITY, /^https?:/],
  uniqueid: [Number.POSITIVE_INFINITY, /./],
};

describe("an NFO file", () => {
  test("is XML that says what is known of the video, whatever its title holds", () => {
    const { tag, fields, elements } = parse(nfoOf(media, uncut));
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
    expect(elements.at(-1)?.[2]).toEqual({ type: "youtube", default: "true" });
  });

  test("has the description, the categories, the tags and the thumbnail that the source gives", () => {
    const { elements } = parse(nfoOf({ ...media, thumbnailUrl: "https://i.example/a.jpg?b&c" }, uncut, details));
    expect(elements.slice(5)).toEqual([
      ["plot", "Line <one> & two\n\n]]> three\n\nhttps://example.com/watch?v=1&t=2", {}],
      ["genre", "Education", {}],
      ["tag", "a & b", {}],
      ["tag", "c", {}],
      ["thumb", "https://i.example/a.jpg?b&c", { aspect: "landscape" }],
      ["uniqueid", "sample00001", { type: "youtube", default: "true" }],
    ]);
    for (const [name, [most, form]] of Object.entries(movie)) {
      const found = elements.filter(([tag]) => tag === name);
      expect([name, found.length <= most]).toEqual([name, true]);
      for (const [, text] of found) expect(text).toMatch(form);
    }
    expect(elements.map(([tag]) => tag).filter((tag) => movie[tag] === undefined)).toEqual([]);
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
