import { join } from "node:path";
import type { EgressLease } from "../../../egress/egresses.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { sleep } from "../../system/sleep.ts";
import { FileTooLarge, NotTransferable, RequestRefused } from "../transfer/index.ts";
import { type CaptionOutcome, tooLargeReason } from "./caption-run.ts";
import type { ChosenTrack } from "./caption-tracks.ts";
import { workFolderError } from "./on-disk.ts";
import { publicMessage } from "./public-message.ts";
import { maxFileBytes } from "./reading/caption-formats.ts";
import type { SmallFiles } from "./small-files.ts";

/** Of more tracks than this, each waits a second: sites limit how many captions they give out. */
const mostAtOnce = 3;

/**
 * Fetches caption files without yt-dlp, into `dir`. A track that is missing in the answer is left to yt-dlp: it has no plain
 * file, or something else went wrong than a refusal, or the signal has aborted. Rejects with the error of the disk.
 */
export async function fetchCaptionFiles(
  files: SmallFiles,
  tracks: readonly ChosenTrack[],
  dir: string,
  options: {
    readonly egress: EgressLease;
    readonly signal: AbortSignal;
    /** Whether yt-dlp could pass for a browser, and so would fetch what is for browsers. */
    readonly impersonates: () => Promise<boolean>;
    readonly logger: Logger | undefined;
  },
): Promise<ReadonlyMap<ChosenTrack, CaptionOutcome>> {
  const { egress, signal, logger } = options;
  const outcomes = new Map<ChosenTrack, CaptionOutcome>();
  if (!tracks.some(({ source }) => source !== null)) return outcomes;
  const client = await files.open(egress, signal);
  if (client === null) return outcomes;
  const leavesBrowsers = tracks.some(({ source }) => source?.forBrowsers) && (await options.impersonates());
  try {
    let asked = 0;
    for (const [index, track] of tracks.entries()) {
      const { source } = track;
      if (source === null || (source.forBrowsers && leavesBrowsers)) continue;
      if (asked > 0 && tracks.length > mostAtOnce) await sleep(1_000, signal);
      asked += 1;
      // Names of tracks are the site's.
      const path = join(dir, `direct-${index}.${source.format}`);
      try {
        await client.fetch(source, path, maxFileBytes(source.format));
        outcomes.set(track, { path, format: source.format });
      } catch (error) {
        if (error instanceof FileTooLarge) outcomes.set(track, { reason: tooLargeReason });
        else if (error instanceof RequestRefused && isFinal(error)) outcomes.set(track, refusal(error));
        else if (error instanceof NotTransferable || error instanceof RequestRefused) {
          logger?.debug("captions are left to yt-dlp", {
            language: track.language,
            reason: publicMessage(error.message),
          });
        } else throw error;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw workFolderError(error);
  } finally {
    client.close();
  }
  return outcomes;
}

function refusal({ message, status, retryAfterMs }: RequestRefused): CaptionOutcome {
  const reason = publicMessage(message);
  return status === 429 ? { reason, throttledMs: retryAfterMs } : { reason };
}

/** Whether asking again at once, as yt-dlp would, is of no use. */
function isFinal({ status }: RequestRefused): boolean {
  return status >= 400 && status < 500 && status !== 408;
}
