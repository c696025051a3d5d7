import type { Clips } from "../clips.ts";
import { answer, answerBytes } from "../http/answer.ts";
import { type ByteSource, bufferSource, fileSource, paddedMp4Source, truncatedSource } from "../http/byte-source.ts";
import type { FaultCounter } from "../http/faults.ts";
import type { Exchange } from "../http/request-log.ts";
import { itagsOf, secondsOf } from "./catalogue.ts";
import { nChallenge, signatureChallenge, solveN, solveSignature } from "./challenges.ts";
import { type SampleFormat, sampleFormat } from "./formats.ts";
import { answerLiveStream, liveManifestUrl } from "./live-stream.ts";
import type { SampleVideo } from "./sample-video.ts";

const mediaHost = "rr1---sn-sample.googlevideo.com";
const sixHours = 21_600;

/** The media of the catalogue: lists formats and serves their bytes. */
export interface MediaShelf {
  /** The `streamingData` of a player response. */
  streamingData(video: SampleVideo): Promise<object>;
  /** Answers a request to googlevideo.com. */
  serve(exchange: Exchange, find: (id: string) => SampleVideo | undefined): Promise<void>;
}

/** A format whose bytes are a file. */
interface ShelvedFormat extends SampleFormat {
  readonly path: string;
  /** What its address says of the track; absent: nothing. */
  readonly xtags?: string;
}

/** Media out of `clips`; `faults` counts how often each video's faults were applied. */
export function createMediaShelf(clips: Clips, faults: FaultCounter): MediaShelf {
  /** A format of the video, and where its bytes lie; null when there is none. */
  function formatOf(video: SampleVideo, itag: number): ShelvedFormat | null {
    const format = sampleFormat(video.clips ?? "landscape", itag);
    if (format === undefined) return null;
    const shelved = video.upscaled?.includes(itag) ? { ...format, xtags: "sr=1" } : format;
    const own = video.media?.files[itag];
    if (own === undefined) return { ...shelved, path: clips.path(format.clip) };
    const listing = { ...format.listing, approxDurationMs: String(secondsOf(video) * 1_000) };
    return { ...shelved, listing, path: own };
  }

  async function sourceOf(video: SampleVideo, format: ShelvedFormat): Promise<ByteSource> {
    if (video.mediaText !== undefined) return bufferSource(video.mediaText);
    const { path } = format;
    const bytes = typeof video.mediaBytes === "number" ? video.mediaBytes : video.mediaBytes?.[format.itag];
    if (bytes !== undefined && /\.(mp4|m4a)$/.test(path)) return paddedMp4Source(path, bytes);
    const file = await fileSource(path);
    return video.mediaShare === undefined ? file : truncatedSource(file, Math.floor(file.size * video.mediaShare));
  }

  async function listing(video: SampleVideo, format: ShelvedFormat): Promise<object> {
    const { size } = await sourceOf(video, format);
    const bitrate = Math.max(1, Math.round((size * 8) / secondsOf(video)));
    return {
      itag: format.itag,
      ...format.listing,
      bitrate,
      averageBitrate: bitrate,
      ...(size > 0 ? { contentLength: String(size) } : {}),
      ...(video.sabrOnly ? {} : addressOf(video, format, size)),
    };
  }

  return {
    async streamingData(video) {
      if (video.drm) return { licenseInfos: [{ drmFamily: "WIDEVINE" }] };
      if (video.live === "now") return { expiresInSeconds: "21540", hlsManifestUrl: liveManifestUrl(video) };
      const available = itagsOf(video)
        .map((itag) => formatOf(video, itag))
        .filter((format) => format !== null)
        .filter((format) => video.media !== undefined || clips.has(format.clip));
      const list = (muxed: boolean) =>
        Promise.all(
          available
            .filter((format) => format.muxed === muxed)
            .flatMap((format) => soundVariants(video, format))
            .map((format) => listing(video, format)),
        );
      const { hlsUrl, dashUrl } = video.media ?? {};
      return {
        expiresInSeconds: "21540",
        ...(hlsUrl === undefined ? {} : { hlsManifestUrl: hlsUrl }),
        ...(dashUrl === undefined ? {} : { dashManifestUrl: dashUrl }),
        // A forced streaming protocol leaves no complete file to list either.
        formats: video.sabrOnly ? [] : await list(true),
        adaptiveFormats: await list(false),
      };
    },

    async serve(exchange, find) {
      const { url } = exchange;
      const video = find(url.searchParams.get("id") ?? "");
      if (!video) return answer(exchange, 404, "text/plain", "");
      if (url.hostname.startsWith("manifest.")) return answerLiveStream(exchange, video, clips);
      const format = formatOf(video, Number(url.searchParams.get("itag")));
      if (!format) return answer(exchange, 404, "text/plain", "");
      const isTokened = video.mediaToken === undefined || url.searchParams.get("pot") === video.mediaToken;
      if (!isTokened || !solved(url, video, format.itag)) return answer(exchange, 403, "text/plain", "");
      const contentType = String(format.listing["mimeType"]).split(";")[0] ?? "application/octet-stream";
      const language = new URLSearchParams(url.searchParams.get("xtags") ?? "").get("lang");
      const track = video.audioTracks?.find((one) => one.language === language);
      const source = await sourceOf(video, { ...format, path: track?.files?.[format.itag] ?? format.path });
      // As googlevideo.com says, by which a part can be continued.
      exchange.response.setHeader("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT");
      await answerBytes(exchange, source, contentType, faults.next(`media:${video.id}`, video.mediaFaults));
    },
  };
}

/** The format as it is listed for each sound track, and with compressed dynamics, whose bytes are the same. */
function soundVariants(video: SampleVideo, format: ShelvedFormat): readonly ShelvedFormat[] {
  if (format.muxed || format.listing["audioChannels"] === undefined) return [format];
  const tracks = video.audioTracks ?? [];
  const spoken = tracks.map(({ language, isOriginal = false, isDefault = isOriginal, files }, index) => {
    const displayName = `${new Intl.DisplayNames(["en"], { type: "language" }).of(language)}${isOriginal ? " original" : ""}`;
    const audioTrack = { id: `${language}.${index}`, displayName, audioIsDefault: isDefault };
    const listing = { ...format.listing, audioTrack };
    return { ...format, listing, path: files?.[format.itag] ?? format.path, xtags: `lang=${language}` };
  });
  const plain = spoken.length > 0 ? spoken : [format];
  if (video.drc !== true) return plain;
  return plain.flatMap((one) => [one, { ...one, listing: { ...one.listing, isDrc: true } }]);
}

function addressOf(video: SampleVideo, format: ShelvedFormat, size: number): object {
  const challenge = video.challenge ?? "n";
  const url = new URL(`https://${mediaHost}/videoplayback`);
  const fields = {
    expire: String(Math.floor(Date.now() / 1000) + sixHours),
    ip: "127.0.0.1",
    id: video.id,
    itag: String(format.itag),
    source: "youtube",
    clen: String(size),
    ...(format.xtags === undefined ? {} : { xtags: format.xtags }),
    ...(challenge === "none" ? {} : { n: nChallenge(video.id) }),
  };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  if (challenge !== "signature") return { url: url.href };
  const cipher = new URLSearchParams({ s: signatureChallenge(video.id, format.itag), sp: "sig", url: url.href });
  return { signatureCipher: cipher.toString() };
}

/** Whether the client has solved the challenges; the real origin answers 403 to those who have not. */
function solved(url: URL, video: SampleVideo, itag: number): boolean {
  const challenge = video.challenge ?? "n";
  if (challenge !== "none" && url.searchParams.get("n") !== solveN(nChallenge(video.id))) return false;
  return (
    challenge !== "signature" || url.searchParams.get("sig") === solveSignature(signatureChallenge(video.id, itag))
  );
}
