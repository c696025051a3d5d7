import type { EgressLease } from "../../../egress/egresses.ts";
import { createSmallFileClient, type SmallFileClient } from "../transfer/index.ts";
import type { YtDlpOptions } from "./options.ts";

/** How captions and thumbnails are fetched without yt-dlp. */
export interface SmallFiles {
  /** A client for files that whoever holds this lease may fetch; null: only yt-dlp can fetch for it. */
  open(egress: EgressLease, signal: AbortSignal): Promise<SmallFileClient | null>;
}

/** `ca` gives the authorities in place of the runtime's own. */
export function createSmallFiles(
  { dialThrough }: NonNullable<YtDlpOptions["direct"]>,
  ca: () => Promise<string | undefined>,
): SmallFiles {
  return {
    async open(egress, signal) {
      // Which cookies go where is for yt-dlp to know.
      if (egress.cookies !== null) return null;
      const dial = await dialThrough(egress.proxyUrl);
      return dial === null ? null : createSmallFileClient({ dial, ca: await ca(), signal });
    },
  };
}
