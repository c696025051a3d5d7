import type { BatchArchive } from "../batches/archive.ts";
import type { BatchEntry } from "../batches/batch.ts";
import { type HostPolicy, parseSourceUrl } from "../sources/source-url.ts";
import type { TakenMedia } from "./schedules.ts";

/** The archive of schedules, in the store. What is taken is noted once, whatever becomes of its job. */
export function scheduleArchive(hosts: HostPolicy): BatchArchive {
  return {
    take: async ({ schedules }, { scheduleId }, entries) => {
      // Of a schedule that was deleted meanwhile nothing is kept; one that is locked is not deleted until the end.
      if (scheduleId === null || (await schedules.lock(scheduleId, null)) === null) return entries;
      const media = entries.map((entry) => mediaOf(entry, hosts));
      const fresh = new Set(await schedules.take(scheduleId, media));
      return entries.filter((_, index) => fresh.has(media[index] as TakenMedia));
    },
  };
}

/** What a video is recognised by: its id where the link holds it, else the link. */
function mediaOf({ url }: BatchEntry, hosts: HostPolicy): TakenMedia {
  const { site, id, url: link } = parseSourceUrl(url, hosts);
  return id === null ? { extractor: "link", mediaId: link } : { extractor: site, mediaId: id };
}
