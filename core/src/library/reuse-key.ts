import { canonicalJson } from "../jobs/fingerprint.ts";
import type { Media } from "../jobs/media.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import { clipsOf, segmentWishes } from "../jobs/request-cuts.ts";
import { sha256Hex } from "../runtime/sha256.ts";

/** Fields of a request that its result does not depend on. Whatever is not among them counts, also a field that comes later. */
const ofNoEffect = {
  url: true,
  fileName: true,
  priority: true,
  scheduledFor: true,
  maxAttempts: true,
  labels: true,
  webhookUrl: true,
  reuse: true,
} as const satisfies { readonly [K in keyof DownloadRequest]?: true };

/**
 * Which media a job is about: what the extractor calls it. One extractor may serve many hosts: there the host is a part of it.
 * Null: nothing but its link names it, and what lies at a link may be another file the next time.
 */
export function identityOf({
  extractor,
  id,
  webpageUrl,
}: Pick<Media, "extractor" | "id" | "webpageUrl">): string | null {
  if (extractor === "youtube") return youtubeIdentity(id);
  if (extractor.startsWith("generic") || extractor.startsWith("html5")) return null;
  return `${extractor}:${id}@${URL.parse(webpageUrl)?.hostname ?? ""}`;
}

/** The same of a video of YouTube, whose link says it. */
export const youtubeIdentity = (id: string): string => `youtube:${id}`;

/**
 * The fingerprint by which requests for the same result are found: of the media, and of the request as far as its result depends
 * on it, among others on the egress that it names. Null: no other job may have the result, as of a recording of a live stream or of
 * media without an identity.
 */
export async function reuseKeyOf(request: DownloadRequest, identity: string | null): Promise<string | null> {
  if (identity === null) return null;
  if ("live" in request && request.live !== undefined) return null;
  const { sponsorBlock: _, clip: __, thumbnailFormat, ...rest } = request;
  const wanted = Object.entries(rest).filter(([field]) => !Object.hasOwn(ofNoEffect, field));
  const { remove, mark } = segmentWishes(request);
  const normalised = {
    ...Object.fromEntries(wanted),
    clips: clipsOf(request),
    remove: sorted(remove),
    mark: sorted(mark),
    picture: request.thumbnail === "file" ? (thumbnailFormat ?? "jpg") : null,
    // Each of several files is named after its part, which the stored name alone does not tell.
    names: isInParts(request) ? (request.fileName ?? null) : null,
  };
  return `r1:${await sha256Hex(canonicalJson([identity, normalised]))}`;
}

/** The key by which it is found what jobs with a link resolved to. */
export async function linkKeyOf(url: string): Promise<string> {
  return `l1:${await sha256Hex(url)}`;
}

/** Whether the result may be several files of media, of chapters or clips. */
export function isInParts(request: Pick<DownloadRequest, "chapters" | "clip">): boolean {
  return request.chapters === "split" || Array.isArray(request.clip);
}

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();
