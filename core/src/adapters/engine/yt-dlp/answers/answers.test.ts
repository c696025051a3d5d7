import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestSite, type TestSite } from "../test-site.ts";

const limitMs = 60_000;
let site: TestSite;

const list = (...tags: readonly string[]) =>
  ["#EXTM3U", "#EXT-X-TARGETDURATION:4", ...tags.slice(0, 1), "#EXTINF:4,", "0.ts", ...tags.slice(1), ""].join("\n");
const period = (id: number) => `<Period id="${id}" duration="PT6S"><AdaptationSet mimeType="video/mp4">
  <Representation id="v" codecs="avc1.42c00a" bandwidth="100000" width="96" height="32">
  <SegmentTemplate initialization="p${id}-init.mp4" media="p${id}-$Number$.m4s" duration="2" timescale="1" startNumber="1"/>
  </Representation></AdaptationSet></Period>`;
const manifest = (...periods: readonly string[]) =>
  `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT${6 * periods.length}S">${periods.join("")}</MPD>`;
const answers: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/vod.m3u8": ["application/x-mpegurl", list("#EXT-X-PLAYLIST-TYPE:VOD")],
  "/ended.m3u8": ["application/x-mpegurl", list("", "#EXT-X-ENDLIST")],
  "/live.m3u8": ["application/x-mpegurl", list("#EXT-X-PLAYLIST-TYPE:EVENT")],
  "/one.mpd": ["application/dash+xml", manifest(period(1))],
  "/two.mpd": ["application/dash+xml", manifest(period(1), period(2))],
};

beforeAll(async () => {
  site = await startTestSite((request, response) => {
    const [type, text] = answers[request.url ?? ""] ?? ["text/plain", ""];
    response.writeHead(text === "" ? 404 : 200, { "content-type": type }).end(text);
  });
}, limitMs);
afterAll(() => site[Symbol.asyncDispose]());

const resolve = async (path: string) => site.resolve(path, await site.folder());

test.each(["/vod.m3u8", "/ended.m3u8"])(
  "a playlist that says that it is whole is no live stream: %s",
  async (path) => {
    expect((await resolve(path)).media).toMatchObject({ isLive: false, durationSeconds: 4 });
  },
  limitMs,
);

test(
  "a playlist that may go on is a live stream",
  async () => {
    await expect(resolve("/live.m3u8")).rejects.toMatchObject({ code: "live_not_supported" });
  },
  limitMs,
);

test(
  "a DASH stream of several periods is refused, one of a single period is not",
  async () => {
    expect((await resolve("/one.mpd")).streams).toHaveLength(1);
    await expect(resolve("/two.mpd")).rejects.toMatchObject({
      code: "format_unavailable",
      hint: expect.stringContaining("several periods"),
    });
  },
  limitMs,
);
