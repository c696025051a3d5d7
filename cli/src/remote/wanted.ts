import { createHash } from "node:crypto";
import {
  type DownloadRequestInput,
  defaultHostPolicy,
  isAppError,
  parseSourceUrl,
  type SourceUrl,
} from "@vidferry/core";
import type { Vidferry } from "@vidferry/sdk";
import { readPersonsRequest } from "../download/for-person.ts";
import type { Report } from "../download/report.ts";
import { serverFailure } from "./client.ts";
import { type RemoteListOptions, remoteEntries } from "./remote-entries.ts";

/** A video that the server shall make something of. */
export interface RemoteWanted {
  /** As it was written, or as a list names it. */
  readonly url: string;
  /** The canonical link. */
  readonly link: string;
  /** The same for the same request in every command, `download` among them. */
  readonly key: string;
  readonly request: DownloadRequestInput;
}

/** What a command asks for. */
export interface RemoteWishes extends Pick<RemoteListOptions, "match" | "limit" | "signal"> {
  readonly shape: Omit<DownloadRequestInput, "url">;
  /** Canonical links of videos that are passed over; null: none are. */
  readonly known: ReadonlySet<string> | null;
}

/** Names a value. */
export const digestOf = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** What is asked for of one video. Throws a usage error that names the option that is wrong. */
export function wantedOf(url: string, shape: RemoteWishes["shape"]): RemoteWanted {
  const link = sourceOf(url)?.url ?? url;
  const whole = readPersonsRequest({ ...shape, url: link });
  const key = digestOf(whole);
  // Without what was left out: an older server may not know all of it.
  return { url, link, key, request: { ...shape, url } };
}

/** Names each video once, and reads lists page by page while those before are made. */
export async function* wantedVideos(
  vidferry: Vidferry,
  links: readonly string[],
  { shape, known, ...options }: RemoteWishes,
  report: Report,
): AsyncGenerator<RemoteWanted, void, void> {
  const seen = new Set<string>();
  const isKnown = (url: string): boolean => known?.has(wantedOf(url, shape).link) === true;
  const once = function* (url: string): Generator<RemoteWanted> {
    const wanted = wantedOf(url, shape);
    if (seen.has(wanted.key)) return;
    seen.add(wanted.key);
    if (isKnown(url)) report.skipped(url, "known", "it was saved before");
    else yield wanted;
  };
  for (const link of links) {
    const source = sourceOf(link);
    if (source === null || source.kind === "video") {
      yield* once(link);
      continue;
    }
    const isNewestFirst = known !== null && source.kind === "channel";
    try {
      for await (const { url, unavailable } of remoteEntries(vidferry, link, { ...options, isNewestFirst, isKnown })) {
        if (unavailable !== null) report.skipped(url, "unavailable", unavailable);
        else yield* once(url);
      }
    } catch (error) {
      if (!options.signal.aborted) report.failed(link, serverFailure(error));
    }
  }
}

/** What a link names, as far as it can be told from here; which links are allowed the server decides. */
export function sourceOf(link: string): SourceUrl | null {
  try {
    return parseSourceUrl(link, { ...defaultHostPolicy, allowedHosts: ["*"] });
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}
