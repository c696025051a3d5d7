/** A response of the site. */
export interface Answer {
  readonly type: string;
  readonly body: string | Uint8Array;
  /** A redirect instead. */
  readonly location?: string;
}

/** A place in a site's responses with a URL that a client then fetches. */
export interface Place {
  readonly name: string;
  /** The pages that lead there; the first is the link of the job, or what stands in `info` is gone on from. */
  site(address: string, base: string): Readonly<Record<string, Answer>>;
  /** Whether the job asks for audio. */
  readonly isSound?: boolean;
  /** Instead of looking at a link, an info JSON that somebody changed. */
  info?(address: string, base: string): Readonly<Record<string, unknown>>;
}

const html = (head: string, body = ""): Answer => ({
  type: "text/html",
  body: `<!doctype html><html><head><title>t</title>${head}</head><body>${body}</body></html>`,
});
const text = (type: string, body: string): Answer => ({ type, body });
const mpegUrl = "application/vnd.apple.mpegurl";
const media = text("video/mp4", "0".repeat(4_096));
const segments = (lines: string) =>
  text(mpegUrl, `#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n${lines}\n#EXT-X-ENDLIST\n`);
const whole = segments("#EXTINF:2,\nsegment.ts");
const quoted = (address: string) => address.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

const page = (name: string, body: (address: string, base: string) => Answer): Place => ({
  name,
  site: (address, base) => ({ "page.html": body(address, base), "media.mp4": media }),
});
const hls = (name: string, lines: (address: string) => string): Place => ({
  name: `HLS: ${name}`,
  site: (address) => ({
    "list.m3u8": segments(lines(address)),
    "segment.ts": media,
    "key.bin": text("x/y", "0".repeat(16)),
  }),
});
const master = (name: string, lines: (address: string) => string): Place => ({
  name: `HLS: ${name}`,
  site: (address) => ({
    "master.m3u8": text(mpegUrl, `#EXTM3U\n${lines(address)}\n`),
    "list.m3u8": whole,
    "segment.ts": media,
  }),
});
const dash = (name: string, period: (address: string) => string): Place => ({
  name: `DASH: ${name}`,
  site: (address) => ({
    "manifest.mpd": text(
      "application/dash+xml",
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S"><Period>` +
        `<AdaptationSet mimeType="video/mp4">${period(quoted(address))}</AdaptationSet></Period></MPD>`,
    ),
    "media.mp4": media,
  }),
});
const represented = (inside: string) =>
  `<Representation id="v" bandwidth="1000" codecs="avc1.4d401e" width="64" height="64">${inside}</Representation>`;
const changed = (
  name: string,
  fields: (address: string, base: string) => Readonly<Record<string, unknown>>,
): Place => ({
  name: `info JSON: ${name}`,
  site: () => ({ "media.mp4": media, "list.m3u8": whole, "segment.ts": media }),
  info: (address, base) => {
    const format = {
      format_id: "x",
      ext: "mp4",
      url: `${base}/media.mp4`,
      protocol: "https",
      ...fields(address, base),
    };
    return { id: "x", title: "t", extractor: "generic", extractor_key: "Generic", formats: [format], ...format };
  },
});
const xml = (type: string, body: (address: string) => string) => (address: string) => text(type, body(quoted(address)));

/** Every place that is followed: with an allowed URL the site sees a request for it. */
export const places: readonly Place[] = [
  { name: "redirect", site: (address) => ({ page: { type: "text/html", body: "", location: address } }) },
  page("meta refresh", (address) => html(`<meta http-equiv="refresh" content="0; url=${quoted(address)}">`)),
  page("video src", (address) => html("", `<video src="${quoted(address)}"></video>`)),
  page("video source", (address) => html("", `<video><source src="${quoted(address)}" type="video/mp4"></video>`)),
  { ...page("audio src", (address) => html("", `<audio src="${quoted(address)}"></audio>`)), isSound: true },
  page("og:video", (address) =>
    html(`<meta property="og:video" content="${quoted(address)}"><meta property="og:video:type" content="video/mp4">`),
  ),
  page("twitter:player:stream", (address) => html(`<meta name="twitter:player:stream" content="${quoted(address)}">`)),
  page("JSON-LD contentUrl", (address) =>
    html(
      `<script type="application/ld+json">${JSON.stringify({ "@context": "https://schema.org", "@type": "VideoObject", name: "t", contentUrl: address })}</script>`,
    ),
  ),
  page("JSON-LD thumbnailUrl", (address, base) =>
    html(
      `<script type="application/ld+json">${JSON.stringify({ "@context": "https://schema.org", "@type": "VideoObject", name: "t", contentUrl: `${base}/media.mp4`, thumbnailUrl: address })}</script>`,
    ),
  ),
  page("JW Player", (address) =>
    html("", `<script>jwplayer("p").setup({"title": "t", "file": ${JSON.stringify(address)}});</script>`),
  ),
  page("Video.js", (address) =>
    html(
      "",
      `<script>var p = videojs("p", {}); p.src([{"src": ${JSON.stringify(address)}, "type": "video/mp4"}]);</script>`,
    ),
  ),
  page("video poster", (address, base) =>
    html("", `<video src="${base}/media.mp4" poster="${quoted(address)}"></video>`),
  ),
  page("og:image", (address, base) =>
    html(`<meta property="og:image" content="${quoted(address)}">`, `<video src="${base}/media.mp4"></video>`),
  ),
  page("track src", (address, base) =>
    html("", `<video src="${base}/media.mp4"><track kind="subtitles" srclang="en" src="${quoted(address)}"></video>`),
  ),
  page(
    "RSS enclosure",
    xml(
      "application/rss+xml",
      (address) =>
        `<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><item><title>i</title><enclosure url="${address}" type="video/mp4"/></item></channel></rss>`,
    ),
  ),
  page(
    "RSS link",
    xml(
      "application/rss+xml",
      (address) =>
        `<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><item><title>i</title><link>${address}</link></item></channel></rss>`,
    ),
  ),
  page(
    "SMIL video",
    xml(
      "application/smil+xml",
      (address) =>
        `<smil xmlns="http://www.w3.org/ns/SMIL"><body><video src="${address}" system-bitrate="1"/></body></smil>`,
    ),
  ),
  page(
    "SMIL text",
    xml(
      "application/smil+xml",
      (address) =>
        `<smil xmlns="http://www.w3.org/ns/SMIL"><body><video src="media.mp4" system-bitrate="1"/><textstream src="${address}" systemLanguage="en" type="text/vtt"/></body></smil>`,
    ),
  ),
  page(
    "F4M",
    xml(
      "application/xml",
      (address) =>
        `<?xml version="1.0"?><manifest xmlns="http://ns.adobe.com/f4m/2.0"><media bitrate="1" href="${address.replace(/\.mp4$/, ".f4m")}"/></manifest>`,
    ),
  ),
  hls("segment", (address) => `#EXTINF:2,\n${address}`),
  hls("key", (address) => `#EXT-X-KEY:METHOD=AES-128,URI="${address}"\n#EXTINF:2,\nsegment.ts`),
  hls("map", (address) => `#EXT-X-MAP:URI="${address}"\n#EXTINF:2,\nsegment.ts`),
  {
    name: "HLS: segment that redirects",
    site: (address) => ({
      "list.m3u8": whole,
      "segment.ts": { type: "video/mp2t", body: "", location: address },
    }),
  },
  master("variant", (address) => `#EXT-X-STREAM-INF:BANDWIDTH=1000,RESOLUTION=64x64\n${address}`),
  master(
    "sound",
    (address) =>
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="${address}"\n#EXT-X-STREAM-INF:BANDWIDTH=1000,RESOLUTION=64x64,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a"\nlist.m3u8`,
  ),
  master(
    "subtitles",
    (address) =>
      `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",LANGUAGE="en",URI="${address}"\n#EXT-X-STREAM-INF:BANDWIDTH=1000,RESOLUTION=64x64,SUBTITLES="s"\nlist.m3u8`,
  ),
  dash("BaseURL", (address) => represented(`<BaseURL>${address}</BaseURL>`)),
  dash("segment", (address) =>
    represented(`<SegmentList duration="2" timescale="1"><SegmentURL media="${address}"/></SegmentList>`),
  ),
  dash("initialization", (address) =>
    represented(
      `<SegmentList duration="2" timescale="1"><Initialization sourceURL="${address}"/><SegmentURL media="media.mp4"/></SegmentList>`,
    ),
  ),
  dash("template", (address) =>
    represented(`<SegmentTemplate duration="2" timescale="1" startNumber="1" media="${address}?$Number$"/>`),
  ),
  changed("url", (address) => ({ url: address })),
  changed("fragments", (address) => ({
    protocol: "http_dash_segments",
    fragments: [{ url: address }],
  })),
  changed("fragments below an address", (address) => ({
    protocol: "http_dash_segments",
    fragment_base_url: address,
    fragments: [{ path: "x.mp4" }],
  })),
  changed("HLS for FFmpeg", (address) => ({ url: address, protocol: "m3u8", manifest_url: address })),
];

/**
 * Places that are never followed, whatever the URL: FFmpeg, a helper program or a direct connection would be needed, or a list
 * is no video. With an allowed URL the site sees no request either.
 */
export const deadPlaces: readonly Place[] = [
  hls("segment beside SAMPLE-AES", (address) => `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key.bin"\n#EXTINF:2,\n${address}`),
  changed("without a proxy", (address) => ({
    url: address,
    http_headers: { "Ytdl-Request-Proxy": "__noproxy__" },
  })),
  changed("live HLS for FFmpeg", (address) => ({ url: address, protocol: "m3u8_native", is_live: true })),
  changed("RTMP", (address) => ({ url: address, protocol: "rtmp", play_path: "x" })),
  changed("RTMP for FFmpeg", (address) => ({ url: address, protocol: "rtmp_ffmpeg" })),
  changed("fragments over WebSocket", (address) => ({ url: address, protocol: "websocket_frag" })),
  page(
    "XSPF",
    xml(
      "application/xml",
      (address) =>
        `<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><title>t</title><location>${address}</location></track></trackList></playlist>`,
    ),
  ),
  page("iframe", (address) => html("", `<iframe src="${quoted(address)}"></iframe>`)),
  page("embed", (address) => html("", `<embed src="${quoted(address)}" type="video/mp4">`)),
  page("object", (address) => html("", `<object data="${quoted(address)}"></object>`)),
];
