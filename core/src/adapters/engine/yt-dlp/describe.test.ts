import { describe, expect, test } from "bun:test";
import { parseSourceUrl } from "../../../sources/source-url.ts";
import { dateOf, detailsOf, mediaOf, probeOf } from "./describe.ts";
import { Info } from "./info.ts";
import { publicMessage } from "./public-message.ts";

const url = "https://www.youtube.com/watch?v=sample00001";
const described = (info: object) => mediaOf(Info.parse({ id: "sample00001", duration: 100, ...info }), url);

describe("what a site says of a video", () => {
  test("has only chapters that lie in the video, in order", () => {
    const chapters = [
      { title: "late", start_time: 50, end_time: 1e300 },
      { title: "negative", start_time: -5, end_time: 3 },
      { title: "reversed", start_time: 8, end_time: 3 },
      { title: "beyond", start_time: 200, end_time: 300 },
      { title: "text", start_time: "0", end_time: null },
    ];
    expect(described({ chapters }).chapters).toEqual([
      { title: "negative", startSeconds: 0, endSeconds: 3 },
      { title: "late", startSeconds: 50, endSeconds: 100 },
    ]);
    expect(described({ chapters, duration: null }).chapters.map(({ title }) => title)).toEqual(["negative", "beyond"]);
  });

  test("stays short, however long the site's texts are", () => {
    const long = "x".repeat(100_000);
    const chapters = Array.from({ length: 5_000 }, (_, index) => ({
      title: long,
      start_time: index / 50,
      end_time: 100,
    }));
    const media = described({ title: long, channel: long, chapters });
    expect([media.title.length, media.channel?.length]).toEqual([1_000, 1_000]);
    expect(media.chapters).toHaveLength(1_000);
    expect(media.chapters[0]?.title).toHaveLength(200);
  });

  test("has a description, categories and tags, however long and odd they are", () => {
    const odd = { description: 5, categories: "Education", tags: ["a", null, "x".repeat(300), "b"], channel_id: [] };
    expect(detailsOf(Info.parse({ id: "a", ...odd }))).toEqual({
      description: null,
      channelId: null,
      categories: [],
      tags: ["a", "b"],
    });
    const long = { description: ` ${"x".repeat(100_000)}`, categories: ["Education"], channel_id: "UCsample" };
    const details = detailsOf(Info.parse({ id: "a", ...long }));
    expect(details).toMatchObject({ categories: ["Education"], channelId: "UCsample" });
    expect(details.description?.length).toBe(19_999);
  });

  test("has no date when it names one that no calendar has", () => {
    expect(described({ timestamp: 1e300 }).uploadedAt).toBeNull();
    expect(described({ timestamp: 1e300, upload_date: "20260102" }).uploadedAt).toBe("2026-01-02");
    expect(dateOf(-1e12)).toBeNull();
    expect(dateOf(0)).toEqual(new Date(0));
  });

  test("names each language of captions once, and no more than anybody wants", () => {
    const tracks = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`x${index}`, [{ ext: "vtt" }]]));
    const info = Info.parse({ id: "a", subtitles: tracks, automatic_captions: { "en-orig": [{}], en: [{}] } });
    const probe = probeOf(info, parseSourceUrl(url), { offset: 0, limit: 1 });
    expect(probe.kind === "video" && probe.subtitles.length).toBe(5_001);
  });
});

describe("lines of yt-dlp that are shown", () => {
  test("hold no signed links, whether the signature is in the query or in the path", () => {
    const path = "https://manifest.googlevideo.com/api/manifest/hls_playlist/expire/1/sig/SECRET/file/seg.ts";
    const query = "https://rr1.googlevideo.com/videoplayback?expire=1&sig=SECRET";
    const shown = publicMessage(`Unable to download ${path} (caused by ${query}) via http://user:SECRET@proxy:1/`);
    expect(shown).not.toContain("SECRET");
    expect(shown).toContain("https://manifest.googlevideo.com/api/…");
  });
});
