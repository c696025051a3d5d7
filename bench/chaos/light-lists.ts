import { basename } from "node:path";
import type { Probe, ProbeOptions } from "../../core/src/pipeline/downloader.ts";

/** A page of a list, as the server of lists writes it for the light engine. */
export interface ListPage {
  readonly title: string;
  readonly entries: readonly { readonly url: string; readonly title: string; readonly isPrivate: boolean }[];
  readonly hasMore: boolean;
}

/** Where the lists of a run are, below the server's address. */
export const listPath = "/list/";

/** Whether a link of the light engine leads to a list. */
export const isList = (url: string): boolean => new URL(url).pathname.startsWith(listPath);

/** Reads a page of a list with a request, as yt-dlp reads one of a playlist. */
export async function probeList(
  url: string,
  { offset = 0, limit = 100 }: Pick<ProbeOptions, "offset" | "limit">,
  ask: (url: string) => Promise<Response>,
): Promise<Probe> {
  const { title, entries, hasMore } = (await (await ask(`${url}&offset=${offset}&limit=${limit}`)).json()) as ListPage;
  return {
    ...{ kind: "playlist", id: basename(new URL(url).pathname), title, channel: null, webpageUrl: url, count: null },
    entries: entries.map((entry) => ({
      ...{ kind: "video", id: basename(new URL(entry.url).pathname), url: entry.url, title: entry.title },
      ...{ durationSeconds: null, uploadedAt: null, unavailable: entry.isPrivate ? "video_private" : null },
    })),
    nextCursor: hasMore ? String(offset + limit) : null,
  };
}
