import { expect, test } from "bun:test";
import { infoJson } from "./info-json.ts";

const media = {
  extractor: "youtube",
  id: "sample00001",
  title: 'A "title"',
  channel: "A channel",
  durationSeconds: 61.5,
  webpageUrl: "https://example.com/watch?v=1",
  thumbnailUrl: null,
  uploadedAt: "2026-01-02T03:04:05Z",
  isLive: false,
  chapters: [{ title: "One", startSeconds: 0, endSeconds: 30 }],
};

test("an info.json has our names and those of yt-dlp, by which plugins of media servers look", () => {
  const details = { description: "Long", channelId: "UCsample", categories: ["Education"], tags: ["a"] };
  expect(JSON.parse(infoJson(media, details))).toEqual({
    ...media,
    ...details,
    fulltitle: 'A "title"',
    uploader: "A channel",
    channel_id: "UCsample",
    upload_date: "20260102",
    duration: 61.5,
    webpage_url: "https://example.com/watch?v=1",
    thumbnail: null,
    chapters: [{ title: "One", startSeconds: 0, endSeconds: 30, start_time: 0, end_time: 30 }],
  });
  expect(JSON.parse(infoJson({ ...media, uploadedAt: null, channel: null }))).toMatchObject({
    uploader: null,
    channel_id: null,
    upload_date: null,
  });
});
