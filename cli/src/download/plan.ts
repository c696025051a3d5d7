import { createHash } from "node:crypto";
import {
  type BatchMatch,
  type DownloadRequestInput,
  type HostPolicy,
  isAppError,
  type ProbeLink,
  parseSourceUrl,
  type SourceUrl,
} from "@vidferry/core";
import { expandList } from "./expand-list.ts";
import { readPersonsRequest } from "./for-person.ts";

/** One video to fetch, however many times and in however many notations it was named. */
export interface Wanted {
  /** The link as the user wrote it, or as a list names it. */
  readonly url: string;
  /** The same for the same request in every command. */
  readonly key: string;
  readonly request: DownloadRequestInput;
  /** As a list tells it. */
  readonly title: string | null;
}

/** What is to be done about one link or one entry of a list. */
export type Planned =
  | { readonly kind: "fetch"; readonly wanted: Wanted }
  | { readonly kind: "known"; readonly url: string }
  | { readonly kind: "unavailable"; readonly url: string; readonly detail: string }
  | { readonly kind: "failed"; readonly url: string; readonly error: unknown };

export interface PlanOptions {
  readonly shape: Omit<DownloadRequestInput, "url">;
  readonly hosts: HostPolicy;
  readonly probe: ProbeLink;
  readonly match: BatchMatch;
  readonly limit: number | null;
  /** Canonical links of videos that are passed over; null: none are. */
  readonly known: ReadonlySet<string> | null;
  readonly signal: AbortSignal;
}

/** Checks what is asked for with every link. Throws a usage error that names the option that is wrong. */
export function checkLinks(links: readonly string[], { shape, hosts }: Pick<PlanOptions, "shape" | "hosts">): void {
  for (const url of links) wantedOf(url, url, null, { shape, hosts });
}

/** Names each video once, and reads lists page by page while those before are downloaded. */
export async function* planDownloads(
  links: readonly string[],
  options: PlanOptions,
): AsyncGenerator<Planned, void, void> {
  const { hosts, known } = options;
  const seen = new Set<string>();
  const isKnown = (url: string): boolean => known?.has(url) === true;
  const once = function* (wanted: Wanted): Generator<Planned> {
    if (seen.has(wanted.key)) return;
    seen.add(wanted.key);
    yield isKnown(wanted.request.url) ? { kind: "known", url: wanted.url } : { kind: "fetch", wanted };
  };
  for (const written of links) {
    const link = linkOf(written, hosts);
    if (link === null || link.kind === "video") {
      // What is wrong with a link is said when it is its turn.
      yield* once(wantedOf(written, link?.url ?? written, null, options));
      continue;
    }
    try {
      const isNewestFirst = known !== null && link.kind === "channel";
      for await (const { url, title, unavailable } of expandList(link.url, { ...options, isNewestFirst, isKnown })) {
        if (unavailable !== null) yield { kind: "unavailable", url, detail: unavailable };
        else yield* once(wantedOf(url, url, title, options));
      }
    } catch (error) {
      yield { kind: "failed", url: written, error };
    }
  }
}

function wantedOf(
  url: string,
  canonical: string,
  title: string | null,
  { shape, hosts }: Pick<PlanOptions, "shape" | "hosts">,
): Wanted {
  const request = readPersonsRequest({ ...shape, url: linkOf(canonical, hosts)?.url ?? canonical });
  return { url, key: createHash("sha256").update(JSON.stringify(request)).digest("hex"), request, title };
}

function linkOf(url: string, hosts: HostPolicy): SourceUrl | null {
  try {
    return parseSourceUrl(url, hosts);
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}
