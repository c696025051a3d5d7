import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificates } from "../certificates.ts";
import { makeClips } from "../clips.ts";
import { startOriginServer } from "../http/origin-server.ts";
import type { RequestLogEntry } from "../http/request-log.ts";
import { tempDir } from "../temp-dir.ts";
import { assertVideoId, type Catalogue, type CatalogueAdditions, createCatalogue } from "./catalogue.ts";
import { type ConnectProxy, type ProxyCredentials, startConnectProxy } from "./connect-proxy.ts";
import type { SampleVideo } from "./sample-video.ts";
import { createSite } from "./site.ts";

/** How to start the double. */
export interface YouTubeDoubleOptions {
  /** Folder with the clips, or where to make them. Default: shared by all callers on this machine. */
  readonly clipsDir?: string;
  /** Videos, playlists and channels besides the samples. */
  readonly catalogue?: CatalogueAdditions;
  /** Ask clients of the proxy for this name and password. Default: open. */
  readonly proxyCredentials?: ProxyCredentials;
  /** `host:port` of other origins on this machine that the proxy leads to as well, for example a media origin's. Default: none. */
  readonly directHosts?: readonly string[];
  /** Least size of the player's script. By default it has nothing but its challenges; a real one has 2.5 million characters. */
  readonly playerBytes?: number;
}

/** Another proxy that leads to the double: for the site, an address of its own. */
export interface AddressDouble {
  readonly proxyUrl: string;
  /** `host:port` of every tunnel that was asked for. */
  readonly connects: readonly string[];
  /** The site takes whoever comes from there for a bot; false. */
  turnedAway: boolean;
  /** Breaks every tunnel and stops listening, as a proxy that has died. */
  stop(): Promise<void>;
}

/** A YouTube of our own on 127.0.0.1, reached through a proxy. */
export interface YouTubeDouble extends AsyncDisposable {
  /** The proxy a client must use, with credentials if there are any. */
  readonly proxyUrl: string;
  /** PEM file of the authority a client must trust, besides its own. */
  readonly caFile: string;
  /** The samples and what was added; may be changed at any time. */
  readonly catalogue: Catalogue;
  /** Every request that reached the origin, oldest first. */
  readonly requests: RequestLogEntry[];
  /** `host:port` of every tunnel a client asked the proxy for. */
  readonly connects: string[];
  /** Request lines the proxy refused: plain HTTP to anything but `directHosts`, or without the credentials. */
  readonly refused: string[];
  /** Starts another proxy that leads here; it ends with the double. */
  addAddress(): Promise<AddressDouble>;
  /** Address of a video's watch page. */
  url(videoId: string): string;
  /** Address of a playlist. */
  playlistUrl(playlistId: string): string;
  /** Adds or replaces a video. @throws RangeError when its id has not the form of one. */
  addVideo(video: SampleVideo): void;
  /** Ends all connections and removes the authority's file. Safe to call twice. */
  stop(): Promise<void>;
}

/** The hosts the double answers for with a certificate that fits. */
const hosts = [
  "www.youtube.com",
  "youtube.com",
  "*.youtube.com",
  "youtu.be",
  "youtube-nocookie.com",
  "*.youtube-nocookie.com",
  "googlevideo.com",
  "*.googlevideo.com",
  "ytimg.com",
  "*.ytimg.com",
  "sponsor.ajay.app",
  "localhost",
  "127.0.0.1",
];

/**
 * Starts a stand-in for YouTube that the genuine yt-dlp takes for the real one: watch pages, player API, challenges on the media
 * addresses, ranged media, captions, thumbnails, playlists, channels, SponsorBlock, and the ways videos fail.
 *
 * A service reaches it by its ordinary settings: `proxyUrl` for the proxy and `caFile` for the certificate authority.
 * @throws Error when the clips cannot be made (see `makeClips`).
 */
export async function startYouTubeDouble(options: YouTubeDoubleOptions = {}): Promise<YouTubeDouble> {
  const catalogue = createCatalogue(options.catalogue);
  const clips = await makeClips(options.clipsDir === undefined ? {} : { dir: options.clipsDir });
  const certificates = await makeCertificates(hosts);
  const addresses = new Map<ConnectProxy, AddressDouble>();
  const isTurnedAway = (port: number | undefined): boolean =>
    [...addresses].some(([proxy, { turnedAway }]) => turnedAway && proxy.carries(port));
  const site = createSite(catalogue, clips, options.playerBytes ?? 0, isTurnedAway);
  const origin = await startOriginServer(site, certificates);
  const { proxyCredentials } = options;
  const proxy = await startConnectProxy(origin.port, {
    ...(proxyCredentials ? { credentials: proxyCredentials } : {}),
    directHosts: options.directHosts ?? [],
  });
  const dir = await tempDir("vidferry-double");
  const caFile = join(dir.path, "ca.pem");
  await writeFile(caFile, certificates.ca);

  const proxyUrl = new URL(`http://127.0.0.1:${proxy.port}`);
  proxyUrl.username = proxyCredentials?.username ?? "";
  proxyUrl.password = proxyCredentials?.password ?? "";
  let stopped: Promise<void> | undefined;
  const stop = () => {
    const others = [...addresses.values()].map((address) => address.stop());
    stopped ??= Promise.all([...others, proxy.stop(), origin.stop(), dir[Symbol.asyncDispose]()]).then(() => undefined);
    return stopped;
  };
  return {
    proxyUrl: proxyUrl.href.replace(/\/$/, ""),
    caFile,
    catalogue,
    requests: origin.requests,
    connects: proxy.connects,
    refused: proxy.refused,
    addAddress: async () => {
      const own = await startConnectProxy(origin.port);
      let ended: Promise<void> | undefined;
      const address: AddressDouble = {
        proxyUrl: `http://127.0.0.1:${own.port}`,
        connects: own.connects,
        turnedAway: false,
        stop: () => {
          ended ??= own.stop();
          return ended;
        },
      };
      addresses.set(own, address);
      return address;
    },
    url: (videoId) => `https://www.youtube.com/watch?v=${videoId}`,
    playlistUrl: (playlistId) => `https://www.youtube.com/playlist?list=${playlistId}`,
    addVideo(video) {
      assertVideoId(video.id);
      catalogue.videos.set(video.id, video);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
