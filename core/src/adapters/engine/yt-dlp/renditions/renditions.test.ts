import { afterAll, beforeAll, expect, test } from "bun:test";
import { fewUnlessWhole } from "@vidferry/testing";
import { startTestSite, type TestSite } from "../test-site.ts";

const limitMs = 180_000;
const rendition = (language: string, rest = "") =>
  `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="${language}",LANGUAGE="${language}"${rest},URI="${language}.m3u8"`;
const main = (...sounds: readonly string[]) =>
  [
    "#EXTM3U",
    ...sounds,
    '#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=64x48,CODECS="avc1.42c00a,mp4a.40.2",AUDIO="a"',
    "v.m3u8",
    "",
  ].join("\n");
const segments = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:4,\ns.ts\n#EXT-X-ENDLIST\n";

let site: TestSite;
let playlist = "";
beforeAll(async () => {
  site = await startTestSite((request, response) => {
    const text = request.url?.startsWith("/main.m3u8") ? playlist : segments;
    response.writeHead(200, { "content-type": "application/vnd.apple.mpegurl" }).end(text);
  });
}, limitMs);
afterAll(() => site[Symbol.asyncDispose]());

const cases = [
  ["the others say nothing", [rendition("de", ",DEFAULT=YES"), rendition("en")]],
  ["it comes second", [rendition("en"), rendition("de", ",DEFAULT=YES")]],
  ["the others say so", [rendition("en", ",DEFAULT=NO"), rendition("de", ",DEFAULT=YES")]],
] as const;
test.each(fewUnlessWhole(cases, ([where]) => where === "it comes second"))(
  "the sound that an HLS stream means to be played is taken where %s",
  async (_, sounds) => {
    playlist = main(...sounds);
    const { streams } = await site.resolve("/main.m3u8", await site.folder(), { reuse: "never" });
    expect(streams.filter(({ hasAudio }) => hasAudio).map(({ language }) => language)).toEqual(["de"]);
  },
  limitMs,
);
