import { describe, expect, test } from "bun:test";
import { compilePattern } from "../adapters/re2js/index.ts";
import { isAppError } from "../errors/app-error.ts";
import type { PlaylistEntry, Probe, ProbeOptions } from "../pipeline/downloader.ts";
import { type PreviewOptions, previewList } from "./preview-list.ts";

const url = "https://www.youtube.com/@sample/videos";
const entryOf = (number: number, changes: Partial<PlaylistEntry> = {}): PlaylistEntry => ({
  ...{ kind: "video", id: String(number), url: `${url}/${number}`, title: `Part ${number}`, durationSeconds: number },
  ...{ uploadedAt: null, unavailable: null },
  ...changes,
});

/** Looks at a list of entries; what the source was asked for. */
function looking(all: readonly PlaylistEntry[]) {
  const asked: Omit<ProbeOptions, "signal">[] = [];
  const look = (options: Omit<PreviewOptions, "signal">): Promise<Probe> =>
    previewList(
      async (_, { signal: __, ...page }) => {
        asked.push(page);
        const from = Number(page.cursor ?? 0);
        const end = from + (page.limit ?? 100);
        return {
          ...{ kind: "playlist", id: "UC", title: "A channel", channel: null, webpageUrl: url, count: all.length },
          entries: all.slice(from, end),
          nextCursor: end < all.length ? String(end) : null,
        };
      },
      url,
      { ...options, signal: new AbortController().signal },
      compilePattern,
    );
  const page = async (options: Omit<PreviewOptions, "signal">) => {
    const found = await look(options);
    if (found.kind !== "playlist") throw new Error("it is no list");
    return { ids: found.entries.map(({ id }) => Number(id)), next: found.nextCursor };
  };
  return { look, page, asked };
}

const numbered = (length: number) => Array.from({ length }, (_, index) => entryOf(index));
const refusal = async (call: Promise<unknown>) =>
  await call.then(
    () => null,
    (error: unknown) => (isAppError(error) ? { code: error.code, path: error.fields[0]?.path } : error),
  );

describe("the preview of a batch", () => {
  test("shows of each page what matches, and what would be skipped, to the end of the list", async () => {
    const all = [
      ...numbered(8),
      entryOf(8, { unavailable: "video_private", title: null }),
      entryOf(9, { kind: "playlist" }),
    ];
    const { page, asked } = looking(all);
    const match = { title: "/^part [0-4]$/i", minDurationSeconds: 1 };
    expect(await page({ match, limit: 5 })).toEqual({ ids: [1, 2, 3, 4], next: "5" });
    expect(await page({ match, limit: 5, cursor: "5" })).toEqual({ ids: [8, 9], next: null });
    expect(asked).toEqual([{ limit: 5 }, { limit: 5, cursor: "5" }]);
  });

  test("shows a list from its end, page by page", async () => {
    const { page } = looking(numbered(250));
    expect(await page({ order: "reverse", limit: 3 })).toEqual({ ids: [249, 248, 247], next: "3" });
    expect(await page({ order: "reverse", limit: 3, cursor: "3" })).toEqual({ ids: [246, 245, 244], next: "6" });
    expect(await page({ order: "reverse", cursor: "240" })).toMatchObject({ next: null });
    const match = { maxDurationSeconds: 1 };
    expect(await page({ order: "reverse", match })).toEqual({ ids: [1, 0], next: null });
  });

  test("is refused for a pattern or a cursor that is none, and in reverse for a list without an end", async () => {
    const { look, asked } = looking(numbered(5_001));
    expect(await refusal(look({ match: { title: "/(/" } }))).toMatchObject({ code: "invalid_request" });
    expect(await refusal(look({ order: "reverse", cursor: "abc" }))).toEqual({
      code: "invalid_request",
      path: "/cursor",
    });
    expect(asked).toEqual([]);
    expect(await refusal(look({ order: "reverse" }))).toMatchObject({ code: "playlist_too_long" });
  });

  test("of a single video is the video", async () => {
    const media = { extractor: "x", id: "1", title: "T", channel: null, durationSeconds: 1, webpageUrl: url };
    const video: Probe = {
      ...{ kind: "video", formats: [], subtitles: [], listUrl: null },
      media: { ...media, thumbnailUrl: null, uploadedAt: null, isLive: false, chapters: [] },
    };
    const options = { signal: new AbortController().signal, order: "reverse" } as const;
    expect(await previewList(async () => video, url, options, undefined)).toBe(video);
  });
});
