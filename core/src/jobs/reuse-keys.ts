import type { Repositories } from "../database/database.ts";
import { identityOf, linkKeyOf, reuseKeyOf, youtubeIdentity } from "../library/reuse-key.ts";
import type { SourceUrl } from "../sources/source-url.ts";
import type { NewJob } from "./jobs.ts";
import type { DownloadRequest } from "./request.ts";

/** For so long a link is taken to lead to what it led to before, in milliseconds; some lead to whatever is the latest. */
const linkKnownMs = 3_600_000;

/**
 * By which other jobs for the same result are found, as far as it can be known before the source is asked: a link of YouTube says
 * what is there, of others it is what jobs of the owner have found of late. An attempt learns the rest.
 */
export async function reuseKeysOf(
  { reuse }: Pick<Repositories, "reuse">,
  owner: string,
  request: DownloadRequest,
  { site, id, url }: Pick<SourceUrl, "site" | "id" | "url">,
): Promise<Required<Pick<NewJob, "reuseKey" | "linkKey">>> {
  if (site === "youtube" && id !== null)
    return { reuseKey: await reuseKeyOf(request, youtubeIdentity(id)), linkKey: null };
  const linkKey = await linkKeyOf(url);
  const media = await reuse.mediaOf(owner, linkKey, linkKnownMs);
  return { reuseKey: media === null ? null : await reuseKeyOf(request, identityOf(media)), linkKey };
}
