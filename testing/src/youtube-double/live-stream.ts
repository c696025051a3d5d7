import type { Clips } from "../clips.ts";
import { answer, answerBytes } from "../http/answer.ts";
import { fileSource } from "../http/byte-source.ts";
import type { Exchange } from "../http/request-log.ts";
import type { SampleVideo } from "./sample-video.ts";

const host = "https://manifest.googlevideo.com";
const segmentSeconds = 2;
const segmentsInClip = 6;
const windowSegments = 5;

/** Where a stream that is on air has its master playlist. */
export function liveManifestUrl(video: SampleVideo): string {
  return `${host}/api/manifest/hls_variant/master.m3u8?id=${video.id}`;
}

/**
 * Serves a live HLS stream that never ends: a window of five segments that moves with the clock, over the segments of
 * the `single` stream again and again.
 */
export async function answerLiveStream(exchange: Exchange, video: SampleVideo, clips: Clips): Promise<void> {
  if (video.broadcast !== undefined) return video.broadcast.answer(exchange);
  const { pathname } = exchange.url;
  const playlistType = "application/vnd.apple.mpegurl";
  if (pathname.endsWith("/master.m3u8")) {
    const stream = '#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=640x360,FRAME-RATE=30,CODECS="avc1.42c01e,mp4a.40.2"';
    const child = `${host}/api/manifest/hls_playlist/itag/93/live.m3u8?id=${video.id}`;
    return answer(exchange, 200, playlistType, `#EXTM3U\n${stream}\n${child}\n`);
  }
  if (pathname.endsWith("/live.m3u8")) {
    const since = video.startsAt ?? 0;
    const newest = Math.max(windowSegments, Math.floor((Date.now() / 1000 - since) / segmentSeconds));
    const first = newest - windowSegments;
    const head = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:${segmentSeconds}\n#EXT-X-MEDIA-SEQUENCE:${first}\n`;
    const segments = Array.from({ length: windowSegments }, (_, index) => {
      const number = first + index;
      return `#EXT-X-DISCONTINUITY\n#EXTINF:${segmentSeconds}.0,\n${host}/segment/${number}.ts?id=${video.id}\n`;
    });
    return answer(exchange, 200, playlistType, head + segments.join(""));
  }
  const number = /^\/segment\/(\d+)\.ts$/.exec(pathname)?.[1];
  if (number === undefined) return answer(exchange, 404, "text/plain", "");
  const file = `hls/single-${String(Number(number) % segmentsInClip).padStart(3, "0")}.ts`;
  await answerBytes(exchange, await fileSource(clips.path(file)), "video/mp2t");
}
