import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestSite, type TestSite } from "../test-site.ts";

const limitMs = 180_000;
let site: TestSite;

const list = (...tags: readonly string[]) =>
  ["#EXTM3U", "#EXT-X-TARGETDURATION:4", ...tags.slice(0, 1), "#EXTINF:4,", "0.ts", ...tags.slice(1), ""].join("\n");
const answers: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/vod.m3u8": ["application/x-mpegurl", list("#EXT-X-PLAYLIST-TYPE:VOD")],
  "/ended.m3u8": ["application/x-mpegurl", list("", "#EXT-X-ENDLIST")],
  "/live.m3u8": ["application/x-mpegurl", list("#EXT-X-PLAYLIST-TYPE:EVENT")],
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
