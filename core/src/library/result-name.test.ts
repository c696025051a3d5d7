import { describe, expect, test } from "bun:test";
import { resultName } from "./result-name.ts";

interface Part {
  readonly part: { readonly number: number; readonly title: string | null } | null;
}
const uncut: Part = { part: null };

const media = {
  extractor: "youtube",
  id: "sample00001",
  title: "One / Two",
  channel: "Channel",
  durationSeconds: 99.6,
  webpageUrl: "https://www.youtube.com/watch?v=sample00001",
  thumbnailUrl: null,
  uploadedAt: "2026-01-02T03:04:05Z",
  isLive: false,
  chapters: [],
};
const second = {
  kept: [{ startSeconds: 40, endSeconds: 99 }],
  exact: false,
  part: { number: 2, title: "Two" },
  durationSeconds: 180,
};
const name = (fileName: string | undefined, cut = uncut, changes = {}) =>
  resultName(fileName === undefined ? {} : { fileName }, { ...media, ...changes }, cut);

describe("the name of a result", () => {
  test("is the title, with that of the chapter before it in a split video; it names no folder", () => {
    expect(name(undefined)).toBe("One _ Two");
    expect(name(undefined, second)).toBe("002 Two - One _ Two");
  });

  test("follows the template of the request", () => {
    expect(name("{channel}/{uploadYear}/{uploadMonth}/{uploadDate} {title} {duration} {extractor}")).toBe(
      "Channel/2026/01/2026-01-02 One _ Two 100 youtube",
    );
    expect(name("{channel} {title}", uncut, { channel: null, uploadedAt: null, durationSeconds: null })).toBe(
      "One _ Two",
    );
  });

  test("tells chapters apart also where the template does not", () => {
    expect(name("{title}/{chapterNumber} {chapter}", second)).toBe("One _ Two/002 Two");
    expect(name("{channel}/{id}", second)).toBe("Channel/002 Two - sample00001");
  });

  test("of one of several clips has its number", () => {
    const clip = { ...second, part: { number: 2, title: null } };
    expect(name(undefined, clip)).toBe("002 - One _ Two");
    expect(name("{channel}/{id}", clip)).toBe("Channel/002 - sample00001");
    expect(name("{chapter}{id}", clip)).toBe("002 - sample00001");
    expect(name("{id}-{chapterNumber}", clip)).toBe("sample00001-002");
  });
});
