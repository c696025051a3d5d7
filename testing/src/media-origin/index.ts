import { makeClips } from "../clips.ts";
import { createFaultCounter, type ResponseFaults } from "../http/faults.ts";
import { startOriginServer } from "../http/origin-server.ts";
import type { RequestLogEntry } from "../http/request-log.ts";
import { createMediaHandler } from "./handler.ts";

/** How to start the origin. */
export interface MediaOriginOptions {
  /** Folder whose files it serves. Default: the clips, made when they are not there yet. */
  readonly root?: string;
}

/** An HTTP server of media files on 127.0.0.1, with fault injection. */
export interface MediaOrigin extends AsyncDisposable {
  /** Its address, without a slash at the end. */
  readonly baseUrl: string;
  readonly port: number;
  /** Every request, oldest first. */
  readonly requests: RequestLogEntry[];
  /**
   * The address of a path: of a file below the root (`landscape/18.mp4`, `hls/master.m3u8`, `hls/single.m3u8`, `dash/manifest.mpd`),
   * or one of those the origin makes up:
   * `big/<bytes>.mp4` (a small valid MP4 padded to that size), `empty.mp4`, `endless.mp4` (no length, no end),
   * `disguised.mp4?target=/path` (an HLS text that lists that local file),
   * `redirect?to=<address>`, `refresh.html?to=<address>` (a page that leads on), `player.html?to=<address>` (one that plays it), `status/<code>` (`?retryAfter=<seconds>`).
   * `faults` are written into the path, so whatever is reached from it by a relative link (segments of a stream) has them too.
   */
  url(path: string, faults?: ResponseFaults): string;
  /**
   * Sets the faults of every path that `pattern` matches, until they are set again; `null` removes them.
   * The pattern is tested against the path without its leading slash. Faults in the URL itself take precedence.
   */
  setFaults(pattern: RegExp, faults: ResponseFaults | null): void;
  /** Drops every connection and stops listening. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a media origin on a free port.
 * @throws Error when the clips are needed and cannot be made (see `makeClips`).
 */
export async function startMediaOrigin(options: MediaOriginOptions = {}): Promise<MediaOrigin> {
  const root = options.root ?? (await makeClips()).dir;
  const rules = new Map<string, { readonly pattern: RegExp; readonly faults: ResponseFaults }>();
  const faultsOf = (path: string) => [...rules.values()].find(({ pattern }) => pattern.test(path))?.faults;
  const server = await startOriginServer(createMediaHandler(root, createFaultCounter(), faultsOf));
  const baseUrl = `http://127.0.0.1:${server.port}`;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= server.stop();
    return stopped;
  };
  return {
    baseUrl,
    port: server.port,
    requests: server.requests,
    url: (path, faults) => `${baseUrl}/${faults ? `~${encodeFaults(faults)}/` : ""}${path}`,
    setFaults(pattern, faults) {
      rules.delete(pattern.source);
      if (faults) rules.set(pattern.source, { pattern, faults });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function encodeFaults(faults: ResponseFaults): string {
  return Object.entries(faults)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}
