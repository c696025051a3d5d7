import type {
  Downloader,
  Egresses,
  EgressLease,
  FetchOptions,
  ProbeOptions,
  RecordOptions,
  ResolveOptions,
} from "@vidferry/core";

/** Options of a call that names no egress. */
export type Unleased<O> = Omit<O, "egress">;

/** A downloader whose calls need no egress argument. */
export interface BoundDownloader extends Pick<Downloader, "forget" | "version" | "check"> {
  probe(url: string, options: ProbeOptions): ReturnType<Downloader["probe"]>;
  resolve(
    request: Parameters<Downloader["resolve"]>[0],
    options: Unleased<ResolveOptions>,
  ): ReturnType<Downloader["resolve"]>;
  fetch(
    resolution: Parameters<Downloader["fetch"]>[0],
    options: Unleased<FetchOptions>,
  ): ReturnType<Downloader["fetch"]>;
  record(
    resolution: Parameters<Downloader["record"]>[0],
    options: Unleased<RecordOptions>,
  ): ReturnType<Downloader["record"]>;
  fetchSubtitles(
    request: Parameters<Downloader["fetchSubtitles"]>[0],
    resolution: Parameters<Downloader["fetchSubtitles"]>[1],
    options: Unleased<ResolveOptions>,
  ): ReturnType<Downloader["fetchSubtitles"]>;
  fetchThumbnail(
    resolution: Parameters<Downloader["fetchThumbnail"]>[0],
    options: Unleased<ResolveOptions>,
  ): ReturnType<Downloader["fetchThumbnail"]>;
}

/** An egress that is always available and ignores reports. */
export function fixedEgress({
  proxyUrl,
  cookies = null,
}: {
  readonly proxyUrl: string | (() => string);
  readonly cookies?: EgressLease["cookies"];
}): EgressLease & Egresses {
  const lease: EgressLease = {
    egress: "test",
    get proxyUrl() {
      return typeof proxyUrl === "function" ? proxyUrl() : proxyUrl;
    },
    cookies,
    report: () => undefined,
    release: async () => undefined,
  };
  return Object.assign(lease, { lease: async () => lease });
}

/** The downloader with every call through one egress. */
export function throughEgress<D extends Downloader>(
  downloader: D,
  egress: EgressLease,
): BoundDownloader & Omit<D, keyof BoundDownloader> {
  return {
    ...downloader,
    probe: (url, options) => downloader.probe(url, { ...options, egress }),
    resolve: (request, options) => downloader.resolve(request, { ...options, egress }),
    fetch: (resolution, options) => downloader.fetch(resolution, { ...options, egress }),
    record: (resolution, options) => downloader.record(resolution, { ...options, egress }),
    fetchSubtitles: (request, resolution, options) =>
      downloader.fetchSubtitles(request, resolution, { ...options, egress }),
    fetchThumbnail: (resolution, options) => downloader.fetchThumbnail(resolution, { ...options, egress }),
  };
}
