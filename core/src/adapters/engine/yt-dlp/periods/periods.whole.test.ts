import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { DownloadRequest } from "../../../../jobs/request.ts";
import { startTestSite, type TestSite } from "../test-site.ts";

const limitMs = 180_000;
const never = new AbortController().signal;
let site: TestSite;

interface Wishes {
  readonly times?: string;
  readonly codecs?: string;
  readonly height?: number;
  readonly template?: string;
  readonly inside?: string;
  readonly twins?: number;
  /** Languages of captions. */
  readonly captions?: readonly string[];
}
const timeline = (entries: string) =>
  `media="$RepresentationID$-$Time$.m4s" timescale="10"><SegmentTimeline>${entries}</SegmentTimeline></SegmentTemplate>`;
const period = (
  id: string,
  { times = 'duration="PT6S"', codecs = "avc1.42c00a", height = 32, ...rest }: Wishes = {},
) => {
  const { template = 'media="$RepresentationID$-$Number$.m4s" duration="2"/>', inside = "", twins = 0 } = rest;
  const texts = (rest.captions ?? []).map((language) => {
    const file = `<Representation id="${language}" bandwidth="100"><BaseURL>${language}.vtt</BaseURL></Representation>`;
    return `<AdaptationSet mimeType="text/vtt" lang="${language}">${file}</AdaptationSet>`;
  });
  const looks = `codecs="${codecs}" bandwidth="100000" width="96" height="${height}"/>`;
  const alike = Array.from({ length: twins }, (_, index) => `<Representation id="twin-${index}" ${looks}`).join("");
  return `<Period id="${id}" ${times}><BaseURL>${id}/</BaseURL><AdaptationSet mimeType="video/mp4">${inside}
  <SegmentTemplate initialization="$RepresentationID$-init.mp4" ${template}
  ${alike}<Representation id="v" ${looks}
  </AdaptationSet>${texts.join("")}</Period>`;
};
const manifest = (length: string, ...periods: readonly string[]) =>
  `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" ${length}>${periods.join("")}</MPD>`;
const whole = (seconds: number) => `mediaPresentationDuration="PT${seconds}S"`;
const protection = '<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc"/>';
const pto = 'presentationTimeOffset="90"';

const manifests: Readonly<Record<string, string>> = {
  "/one.mpd": manifest(whole(6), period("a")),
  "/twins.mpd": manifest(whole(6), period("a", { twins: 1 })),
  "/endless.mpd": manifest(
    whole(12),
    period("a"),
    period("b", { template: `presentationTimeOffset="inf" ${timeline('<S t="0" d="20" r="-1"/><S t="40" d="20"/>')}` }),
  ),
  "/two.mpd": manifest(whole(12), period("a"), period("b", { codecs: "vp09.00.10.08", height: 64 })),
  "/implied.mpd": manifest(whole(10), period("a", { times: "" }), period("b", { times: 'start="PT4S"' })),
  "/repeated.mpd": manifest(
    whole(12),
    period("a", { template: timeline('<S t="0" d="20" r="-1"/>') }),
    period("b", { template: `${pto} ${timeline('<S t="90" d="20" r="-1"/><S t="130" d="20"/>')}` }),
  ),
  "/one-repeated.mpd": manifest(whole(6), period("a", { template: timeline('<S t="0" d="20" r="-1"/>') })),
  "/captioned.mpd": manifest(whole(12), period("a", { captions: ["en", "de"] }), period("b", { captions: ["en"] })),
  "/protected.mpd": manifest(whole(12), period("a"), period("b", { inside: protection })),
  "/unplaced.mpd": manifest("", period("a", { times: "" }), period("b", { times: "" })),
};

const scaled = (scale: string, entries: string) => timeline(entries).replace('"10"', `"${scale}"`);
const numbered = (rest: string) => `media="$RepresentationID$-$Number$.m4s" ${rest}/>`;
const absurd: Readonly<Record<string, string>> = {
  "/countless.mpd": manifest(whole(6), period("a", { template: timeline('<S t="0" d="1" r="999999999"/>') })),
  "/countless-by-length.mpd": manifest(
    whole(6),
    period("a", { template: numbered('duration="1" timescale="1000000000"') }),
  ),
  "/countless-to-the-end.mpd": manifest(
    whole(6),
    period("a", { times: 'duration="PT999999999H"', template: scaled("90000", '<S t="0" d="1" r="-1"/>') }),
  ),
  "/no-clock.mpd": manifest(whole(6), period("a", { template: scaled("0", '<S t="0" d="20" r="2"/>') })),
  "/no-length.mpd": manifest(whole(6), period("a", { template: numbered('duration="0"') })),
  "/no-number.mpd": manifest(whole(6), period("a", { template: timeline('<S t="0" d="many"/>') })),
  "/crowded.mpd": manifest(whole(6), ...Array.from({ length: 5_000 }, (_, index) => period(`p${index}`))),
  // The representations of each period are compared with those of all others.
  "/many-in-a-period.mpd": manifest(whole(12), period("a", { twins: 200 }), period("b")),
  "/many-in-all.mpd": manifest(
    whole(600),
    ...Array.from({ length: 100 }, (_, index) => period(`p${index}`, { twins: 150 })),
  ),
  "/backwards.mpd": manifest(
    whole(12),
    period("a", { times: 'start="PT10S" duration="PT6S"' }),
    period("b", { times: 'start="PT0S" duration="PT6S"' }),
  ),
};

beforeAll(async () => {
  site = await startTestSite((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://site");
    const text = manifests[pathname] ?? absurd[pathname];
    // Each segment says where it lies.
    if (text === undefined) return response.end(`[${pathname}]`);
    return response.writeHead(200, { "content-type": "application/dash+xml" }).end(text);
  });
}, limitMs);
afterAll(() => site[Symbol.asyncDispose]());

const get = async (path: string, clip?: { readonly startSeconds: number; readonly endSeconds: number }) => {
  const folder = await site.folder();
  const resolution = await site.resolve(path, folder, clip === undefined ? {} : { clip });
  const [stream] = await site.fetch(resolution, folder);
  const periods = stream?.periods ?? [];
  const texts = periods.map(({ path: file }) => (file === null ? null : readFile(file, "utf8")));
  return { stream, periods, texts: await Promise.all(texts) };
};

test(
  "a DASH stream of a single period is one file",
  async () => {
    const { stream } = await get("/one.mpd");
    expect(stream?.periods).toBeUndefined();
    expect(await readFile(stream?.path ?? "", "utf8")).toBe("[/a/v-init.mp4][/a/v-1.m4s][/a/v-2.m4s][/a/v-3.m4s]");
  },
  limitMs,
);

test(
  "streams that a manifest describes alike are not appended to one another",
  async () => {
    const { stream } = await get("/twins.mpd");
    const text = await readFile(stream?.path ?? "", "utf8");
    expect(text.replaceAll("twin-0", "v")).toBe("[/a/v-init.mp4][/a/v-1.m4s][/a/v-2.m4s][/a/v-3.m4s]");
  },
  limitMs,
);

test(
  "a manifest with a time that is none is read",
  async () => {
    expect((await get("/endless.mpd")).periods.map(({ offsetSeconds }) => offsetSeconds)).toEqual([0, 0]);
  },
  limitMs,
);

test(
  "each period is fetched by itself, also of another codec and size, and says where it belongs",
  async () => {
    const { periods, texts } = await get("/two.mpd");
    expect(periods).toMatchObject([
      { startSeconds: 0, seconds: 6, offsetSeconds: 0 },
      { startSeconds: 6, seconds: 6, offsetSeconds: 0 },
    ]);
    expect(texts).toEqual([
      "[/a/v-init.mp4][/a/v-1.m4s][/a/v-2.m4s][/a/v-3.m4s]",
      "[/b/v-init.mp4][/b/v-1.m4s][/b/v-2.m4s][/b/v-3.m4s]",
    ]);
  },
  limitMs,
);

test(
  "a period is as long as what surrounds it says, and has so many segments",
  async () => {
    const { periods, texts } = await get("/implied.mpd");
    expect(periods).toMatchObject([
      { startSeconds: 0, seconds: 4 },
      { startSeconds: 4, seconds: 6 },
    ]);
    expect(texts).toEqual([
      "[/a/v-init.mp4][/a/v-1.m4s][/a/v-2.m4s]",
      "[/b/v-init.mp4][/b/v-1.m4s][/b/v-2.m4s][/b/v-3.m4s]",
    ]);
  },
  limitMs,
);

test(
  "segments that are repeated to the end are counted, from where the clock of the period begins",
  async () => {
    const { periods, texts } = await get("/repeated.mpd");
    expect(periods.map(({ offsetSeconds }) => offsetSeconds)).toEqual([0, 9]);
    expect(texts).toEqual([
      "[/a/v-init.mp4][/a/v-0.m4s][/a/v-20.m4s][/a/v-40.m4s]",
      "[/b/v-init.mp4][/b/v-90.m4s][/b/v-110.m4s][/b/v-130.m4s]",
    ]);
    const { stream } = await get("/one-repeated.mpd");
    expect(await readFile(stream?.path ?? "", "utf8")).toEndWith("[/a/v-0.m4s][/a/v-20.m4s][/a/v-40.m4s]");
  },
  limitMs,
);

test(
  "a clip fetches the periods that it lies in",
  async () => {
    const { stream, periods, texts } = await get("/two.mpd", { startSeconds: 7, endSeconds: 9 });
    expect(periods).toMatchObject([{ startSeconds: 6, seconds: 6 }]);
    expect(texts).toHaveLength(1);
    expect(stream?.beginsAtSeconds).toBe(6);
    // As long as the whole source they need not be.
    expect((await get("/two.mpd", { startSeconds: 1, endSeconds: 5 })).stream?.beginsAtSeconds).toBe(0);
    expect((await get("/two.mpd")).stream?.beginsAtSeconds).toBeUndefined();
    expect((await get("/two.mpd", { startSeconds: 3, endSeconds: 9 })).texts).toHaveLength(2);
  },
  limitMs,
);

test(
  "captions that are in pieces, one for each period, are named as such and not as missing at the source",
  async () => {
    const folder = await site.folder();
    const request = DownloadRequest.parse({
      url: "http://site/captioned.mpd",
      subtitles: { languages: ["en-GB", "de-*", "fr"] },
    });
    const resolution = await site.resolve("/captioned.mpd", folder, request);
    const { warnings } = await site.downloader.fetchSubtitles(request, resolution, { folder, signal: never });
    const inPieces = expect.stringMatching(/^No subtitles in (en-GB|de-\*): .*one for each period/);
    expect(warnings).toEqual([
      { code: "subtitles_missing", detail: inPieces },
      { code: "subtitles_missing", detail: inPieces },
      { code: "subtitles_missing", detail: "No subtitles in fr: the source has none." },
    ]);
  },
  limitMs,
);

test.each(Object.keys(absurd))(
  "a manifest with absurd numbers is refused before anything is fetched: %s",
  async (path) => {
    const hint = expect.stringContaining(path === "/backwards.mpd" ? "several periods" : "DASH manifest");
    await expect(site.resolve(path, await site.folder())).rejects.toMatchObject({ code: "format_unavailable", hint });
  },
  limitMs,
);

test.each([
  ["/protected.mpd", { code: "drm_protected" }],
  ["/unplaced.mpd", { code: "format_unavailable", hint: expect.stringContaining("several periods") }],
])(
  "what cannot be joined is refused before anything is fetched: %s",
  async (path, refusal) => {
    await expect(site.resolve(path, await site.folder())).rejects.toMatchObject(refusal);
  },
  limitMs,
);
