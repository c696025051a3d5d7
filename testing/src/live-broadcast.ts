import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { answer, answerBytes } from "./http/answer.ts";
import { bufferSource } from "./http/byte-source.ts";
import type { Exchange } from "./http/request-log.ts";
import { tempDir } from "./temp-dir.ts";
import { timecodeInputs } from "./timecode/index.ts";

/** What to broadcast. */
export interface LiveBroadcastOptions {
  /** How many of the newest segments the playlist names. Default: 6. Infinity: all since the start. */
  readonly window?: number;
  /** How many segments there are before anybody looks. Default: 6. */
  readonly begun?: number;
}

/**
 * A live HLS stream of a timecoded source, in segments of a second: of the segment N the picture and the sound tell the seconds N to
 * N + 1. It grows as a test says.
 */
export interface LiveBroadcast {
  /** How many segments there were so far. */
  readonly published: number;
  /** So many further segments appear. Default: one. */
  publish(count?: number): void;
  /** From the next segment on the picture has another size, after a discontinuity. Resolves when there are such segments. */
  changePicture(): Promise<void>;
  /** The next segment is of another broadcast, whose segments are numbered from zero. */
  startOver(): void;
  /** The stream ends: no further segment comes, and the playlist says so. */
  end(): void;
  /** From now on requests are answered with this status; null: as usual. */
  refuse(status: number | null): void;
  /** Answers requests for `master.m3u8`, `live.m3u8` and `segment/N.ts`; other requests are not found. */
  answer(exchange: Exchange): Promise<void>;
}

/** Seconds of the source. */
const sourceSeconds = 24;
const sizes = ["96x32", "144x48"] as const;
const playlistType = "application/vnd.apple.mpegurl";

interface Segment {
  readonly sequence: number;
  readonly content: Uint8Array;
  readonly isDiscontinuous: boolean;
}

/** Begins a broadcast. */
export async function startLiveBroadcast(options: LiveBroadcastOptions = {}): Promise<LiveBroadcast> {
  const { window = 6, begun = 6 } = options;
  const segments: Segment[] = [];
  let size: Size = sizes[0];
  let contents = await contentsOf(size);
  let isDiscontinuous = false;
  let sequence = 0;
  let isOver = false;
  let refusal: number | null = null;

  const publish = (count = 1) => {
    for (let made = 0; made < count && !isOver; made += 1) {
      const content = contents[segments.length];
      if (content === undefined) throw new RangeError(`the broadcast's source has ${sourceSeconds} seconds`);
      segments.push({ sequence, content, isDiscontinuous });
      sequence += 1;
      isDiscontinuous = false;
    }
  };
  publish(begun);

  const playlist = (): string => {
    const broadcast = segments.slice(segments.findLastIndex((segment) => segment.sequence === 0));
    const listed = broadcast.slice(Math.max(0, broadcast.length - window));
    const lines = listed.flatMap((segment) => [
      ...(segment.isDiscontinuous ? ["#EXT-X-DISCONTINUITY"] : []),
      "#EXTINF:1.000,",
      `segment/${segments.indexOf(segment)}.ts`,
    ]);
    const head = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1"];
    const first = `#EXT-X-MEDIA-SEQUENCE:${listed[0]?.sequence ?? 0}`;
    return [...head, first, ...lines, ...(isOver ? ["#EXT-X-ENDLIST"] : []), ""].join("\n");
  };

  return {
    get published() {
      return segments.length;
    },
    publish,
    async changePicture() {
      size = size === sizes[0] ? sizes[1] : sizes[0];
      contents = await contentsOf(size);
      isDiscontinuous = true;
    },
    startOver() {
      sequence = 0;
      isDiscontinuous = true;
    },
    end() {
      isOver = true;
    },
    refuse(status) {
      refusal = status;
    },
    async answer(exchange) {
      const { pathname, search } = exchange.url;
      if (refusal !== null) return answer(exchange, refusal, "text/plain", "");
      if (pathname.endsWith("/master.m3u8")) {
        const stream =
          '#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=96x32,FRAME-RATE=25,CODECS="avc1.42c01e,mp4a.40.2"';
        return answer(exchange, 200, playlistType, `#EXTM3U\n${stream}\nlive.m3u8${search}\n`);
      }
      // The addresses in it are relative, and need the query that names the video.
      if (pathname.endsWith("/live.m3u8"))
        return answer(exchange, 200, playlistType, playlist().replace(/\.ts$/gm, `.ts${search}`));
      const number = /\/segment\/(\d+)\.ts$/.exec(pathname)?.[1];
      const segment = number === undefined ? undefined : segments[Number(number)];
      if (segment === undefined) return answer(exchange, 404, "text/plain", "");
      await answerBytes(exchange, bufferSource(segment.content), "video/mp2t");
    },
  };
}

type Size = (typeof sizes)[number];

/** The segments of each size that somebody asked for. All broadcasts of a process show the same source, so it is encoded once. */
const encoded = new Map<Size, Promise<readonly Uint8Array[]>>();

function contentsOf(size: Size): Promise<readonly Uint8Array[]> {
  const known = encoded.get(size) ?? encode(size);
  encoded.set(size, known);
  return known;
}

async function encode(size: Size): Promise<readonly Uint8Array[]> {
  await using dir = await tempDir("vidferry-live-");
  const child = spawn(
    process.env["VIDFERRY_FFMPEG"] ?? "ffmpeg",
    [
      ...["-nostdin", "-v", "error", ...timecodeInputs({ seconds: sourceSeconds, size })],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-crf", "16", "-bf", "0", "-g", "25", "-keyint_min", "25"],
      ...["-sc_threshold", "0", "-c:a", "aac", "-b:a", "96k", "-f", "segment", "-segment_time", "1"],
      ...["-segment_format", "mpegts", join(dir.path, "%03d.ts")],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`FFmpeg could not make the segments of the broadcast (${code})`);
  const names = (await readdir(dir.path)).sort();
  return await Promise.all(names.map((name) => readFile(join(dir.path, name))));
}
