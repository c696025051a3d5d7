import { tmpdir } from "node:os";
import type { Downloader } from "../../../pipeline/downloader.ts";
import { systemPath } from "../process/index.ts";
import { caBundle } from "./ca-bundle.ts";
import { assertUsable, checkEngine, readVersion } from "./checks.ts";
import { createEngine } from "./engine.ts";
import { fetchStreams } from "./fetch.ts";
import { createDirectFetcher } from "./fetch-direct.ts";
import { fetchCaptions } from "./fetch-subtitles.ts";
import { fetchThumbnailFile } from "./fetch-thumbnail.ts";
import { installedVersion } from "./installed-version.ts";
import { recordStreams } from "./live/record.ts";
import type { YtDlpOptions } from "./options.ts";
import { probeLink } from "./probe.ts";
import { probeFolders } from "./probe-folders.ts";
import { createResolver } from "./resolve.ts";
import { createSharedLooks } from "./shared-looks.ts";
import { createSmallFiles } from "./small-files.ts";

/** A {@link Downloader} on yt-dlp. */
export interface YtDlpDownloader extends Downloader {
  /** Ends the preloaded yt-dlp; running steps are not affected. */
  close(): void;
}

/**
 * A downloader that runs yt-dlp, a process of its own for each step. A link is looked at once; streams, subtitles and
 * thumbnail are fetched from what was found then, without yt-dlp where they lie as plain files and `direct` is given. Nothing
 * that a client sends becomes an option of yt-dlp.
 */
export function ytDlp(options: YtDlpOptions): YtDlpDownloader {
  const engine = createEngine(options);
  const { caFile, logger } = options;
  const authorities = async () => (caFile === undefined ? undefined : await caBundle(caFile));
  const files = options.direct === undefined ? null : createSmallFiles(options.direct, authorities);
  const now = () => options.clock?.now().getTime() ?? Date.now();
  const looks = createSharedLooks(now, options);
  const resolver = createResolver(engine, options, { files, looks });
  const direct = options.direct === undefined ? null : createDirectFetcher(options.direct, authorities, logger);
  const fetchers = { direct, planOf: resolver.plan };
  const tools = { engine, resolver, files, logger };
  const folders = probeFolders(options.probeDir ?? tmpdir(), () => performance.now());
  let cached: Promise<string | null> | undefined;
  const version = async () => {
    // The preloaded yt-dlp knows its version, and may be newer than the cached answer.
    const loaded = await engine.version();
    if (loaded !== null) return loaded;
    cached ??= readVersion(options).then((found) => {
      // Not cached: a missing program may be installed later.
      if (found === null) cached = undefined;
      return found;
    });
    return await cached;
  };
  /** Runs `work` while the version is looked up (a fifth of a second, once), and aborts it when the version is refused. */
  const usable = async <T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const refused = new AbortController();
    const checked = version()
      .then(assertUsable)
      .catch((error: unknown) => {
        refused.abort(error);
        throw error;
      });
    const [result] = await Promise.allSettled([work(AbortSignal.any([signal, refused.signal])), checked]);
    signal.throwIfAborted();
    await checked;
    if (result.status === "rejected") throw result.reason;
    return result.value;
  };

  return {
    probe: (url, probeOptions) =>
      usable(probeOptions.signal, (signal) =>
        probeLink({ engine, folders, looks }, options, url, { ...probeOptions, signal }),
      ),
    resolve: (request, resolveOptions) =>
      usable(resolveOptions.signal, (signal) => resolver.resolve(request, { ...resolveOptions, signal })),
    fetch: (resolution, fetchOptions) => fetchStreams(engine, fetchers, options, resolution, fetchOptions),
    record: (resolution, recordOptions) => recordStreams(engine, resolution, recordOptions),
    forget: (folder) => resolver.forget(folder),
    fetchSubtitles: (request, _resolution, captionOptions) => fetchCaptions(tools, request, captionOptions),
    fetchThumbnail: (_resolution, thumbnailOptions) => fetchThumbnailFile(tools, thumbnailOptions),
    // Asked every few seconds, also where nothing runs: nothing is loaded for it.
    version: async () => (await installedVersion(options.binary, options.path ?? systemPath)) ?? (await version()),
    close: () => engine.close(),
    check: (signal) => checkEngine(engine, options.clock?.now() ?? new Date(), signal),
  };
}
