import { describe, expect, test } from "bun:test";
import { DownloadRequest, type DownloadRequestInput } from "../jobs/request.ts";
import { identityOf, linkKeyOf, reuseKeyOf, youtubeIdentity } from "./reuse-key.ts";

const url = "https://www.youtube.com/watch?v=aaaaaaaaaaa";
const keyOf = (request: Partial<DownloadRequestInput> = {}, identity = youtubeIdentity("aaaaaaaaaaa")) =>
  reuseKeyOf(DownloadRequest.parse({ url, ...request }), identity);

describe("the fingerprint of a request", () => {
  test.each<[string, Partial<DownloadRequestInput>]>([
    ["another form of its link", { url: "https://youtu.be/aaaaaaaaaaa" }],
    ["its labels", { labels: { a: "b" } }],
    ["where its end is told", { webhookUrl: "https://example.com/hook" }],
    ["its priority", { priority: "high" }],
    ["its tries", { maxAttempts: 1 }],
    ["when it starts", { scheduledFor: "2027-01-01T00:00:00Z" }],
    ["how its file is named", { fileName: "{id}" }],
    ["that it is made anew", { reuse: "never" }],
    ["defaults that are written out", { chapters: "keep", thumbnail: "none", exactCuts: false }],
    ["an empty list of segments", { sponsorBlock: { remove: [], mark: [] } }],
  ])("does not depend on %s", async (_, request) => expect(await keyOf(request)).toBe(await keyOf()));

  test.each<[string, Partial<DownloadRequestInput>]>([
    ["the output", { output: { type: "audio" } }],
    ["the quality", { output: { type: "video", quality: "720p" } }],
    ["captions", { subtitles: {} }],
    ["a clip", { clip: { startSeconds: 1 } }],
    ["segments to cut out", { sponsorBlock: ["sponsor"] }],
    ["a picture", { thumbnail: "file" }],
    ["chapters", { chapters: "split" }],
    ["what is written beside it", { metadata: { infoJson: true } }],
  ])("depends on %s", async (_, request) => expect(await keyOf(request)).not.toBe(await keyOf()));

  test("depends on the video", async () => {
    expect(await keyOf({}, youtubeIdentity("bbbbbbbbbbb"))).not.toBe(await keyOf());
  });

  test("is the same for segments in another order, and for those of a plain list", async () => {
    const list = await keyOf({ sponsorBlock: ["intro", "sponsor"] });
    expect(await keyOf({ sponsorBlock: { remove: ["sponsor", "intro"], mark: ["intro"] } })).toBe(list);
  });

  test("holds the names of files where there are several", async () => {
    const named = await keyOf({ chapters: "split", fileName: "{id}" });
    expect(named).not.toBe(await keyOf({ chapters: "split" }));
  });
});

describe("what a job is about", () => {
  test("is the video of YouTube, whatever the page", () => {
    const webpageUrl = "https://m.youtube.com/watch?v=aaaaaaaaaaa";
    expect(identityOf({ extractor: "youtube", id: "aaaaaaaaaaa", webpageUrl })).toBe(youtubeIdentity("aaaaaaaaaaa"));
  });

  test("of one extractor for many hosts is told apart by the host", () => {
    const at = (host: string) => identityOf({ extractor: "peertube", id: "7", webpageUrl: `https://${host}/w/7` });
    expect(at("one.example")).not.toBe(at("two.example"));
  });

  test("of a direct link is none, nor has its result a fingerprint: another file may lie there the next time", async () => {
    const identity = identityOf({ extractor: "generic", id: "latest", webpageUrl: "https://cdn.example/latest.mp4" });
    expect(identity).toBeNull();
    expect(await reuseKeyOf(DownloadRequest.parse({ url: "https://cdn.example/latest.mp4" }), identity)).toBeNull();
  });

  test("is looked up by a key of the whole link", async () => {
    expect(await linkKeyOf("https://a.example/")).not.toBe(await linkKeyOf("https://a.example/?b"));
  });
});
