import type { Probe } from "@vidferry/core";

export const filmLink = "https://www.youtube.com/watch?v=film0000001";
export const listLink = "https://www.youtube.com/playlist?list=PLaList";
/** What the list has besides the film: one that cannot be had, and one that can. */
export const listedLinks = [
  "https://www.youtube.com/watch?v=film0000002",
  "https://www.youtube.com/watch?v=film0000003",
] as const;

const filmProbe: Probe = {
  kind: "video",
  media: {
    ...{ extractor: "youtube", id: "film0000001", title: "A film", channel: "Films", durationSeconds: 200 },
    ...{ webpageUrl: filmLink, thumbnailUrl: null, uploadedAt: null, isLive: false },
    chapters: [
      { title: "One", startSeconds: 0, endSeconds: 100 },
      { title: "Two", startSeconds: 100, endSeconds: 200 },
    ],
  },
  formats: [
    {
      ...{ id: "137", container: "mp4", videoCodec: "h264", audioCodec: "aac", width: 1920, height: 1080, fps: 30 },
      ...{ hdr: false, bitrateKbps: 4_000, bytes: 100_000_000, language: null },
    },
  ],
  subtitles: [
    { language: "en", name: null, automatic: false },
    { language: "de", name: null, automatic: true },
  ],
  listUrl: null,
};

const entry = (url: string, title: string) => ({
  ...{ kind: "video" as const, id: url.slice(-11), url, title, durationSeconds: 60, uploadedAt: null },
  unavailable: null,
});
const listProbe: Probe = {
  ...{
    kind: "playlist",
    id: "PLaList",
    title: "A list",
    channel: null,
    webpageUrl: listLink,
    count: 5,
    nextCursor: "3",
  },
  entries: [
    entry(filmLink, "A film"),
    { ...entry(listedLinks[0], "Private one"), unavailable: "video_private" },
    entry(listedLinks[1], "Another film"),
  ],
};

/** What a film with all that a source tells offers, and a list of more entries than are shown. */
export const sampleProbes: ReadonlyMap<string, Probe> = new Map<string, Probe>([
  [filmLink, filmProbe],
  [listLink, listProbe],
]);
