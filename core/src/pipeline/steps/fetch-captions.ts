import { AppError } from "../../errors/app-error.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import type { Cue } from "../../subtitles/cue.ts";
import { fromCueLines, toCueLines } from "../../subtitles/cue-lines.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import type { Attempt } from "../attempt.ts";
import type { FetchedSubtitles, Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import { transcribeWish, wantsTranscription } from "./wants-transcription.ts";

/** Captions in one language. Its cues lie in the work folder: they are of use again only when everything else is there. */
export interface CaptionTrack extends Pick<FetchedSubtitles, "language" | "automatic" | "clock"> {
  /** Name of the file in the work folder. */
  readonly name: string;
  readonly path: string;
}

/**
 * Fetches the captions that the request wishes for. Best effort: what is missing is a warning, save for a transcript of which
 * nothing could be had.
 */
export function fetchCaptions(
  { deps, job, folder, egress }: Attempt,
  admitted: Step<Resolution>,
): Step<readonly CaptionTrack[]> {
  return defineStep({
    name: "captions",
    stage: "downloading",
    weight: 4,
    inputs: { resolution: admitted },
    files: (tracks) => tracks.map(({ path }) => path),
    ...(areAll(job.request)
      ? {}
      : {
          otherwise: {
            output: [],
            warning: ({ message }) => ({ code: "subtitles_missing", detail: `No subtitles: ${message}` }),
          },
        }),
    run: async ({ resolution }, { signal, warn, incomplete }) => {
      const fetched = await deps.downloader.fetchSubtitles(job.request, resolution, { folder, egress, signal });
      // What the source holds back for now is no want of captions: another attempt may have them.
      if (areAll(job.request) && fetched.failure !== undefined) throw fetched.failure;
      // What takes the place of captions that are not there says so itself where it fails.
      const areReplaced = wantsTranscription(job.request, fetched.subtitles) && fetched.subtitles.length === 0;
      if (areReplaced && fetched.warnings.length > 0) incomplete();
      else for (const warning of fetched.warnings) warn(warning);
      const tracks: CaptionTrack[] = [];
      for (const [index, { language, automatic, cues, clock }] of fetched.subtitles.entries()) {
        const name = `cues-${index}.jsonl`;
        const text = await joinPieces(toCueLines(cues), deps.clock, signal);
        tracks.push({ language, automatic, ...(clock && { clock }), name, path: await folder.write(name, text) });
      }
      return tracks;
    },
  });
}

/** Whether the captions of the source are all that a request can get. */
const areAll = (request: DownloadRequest) =>
  request.output.type === "transcript" && transcribeWish(request) === "never";

/** The cues of a track. */
export async function readCues(
  { deps, folder }: Attempt,
  { name }: CaptionTrack,
  signal: AbortSignal,
): Promise<readonly Cue[]> {
  const text = await folder.read(name);
  if (text === null) throw new AppError("storage_error", "The captions in the work folder are gone.");
  return await fromCueLines(text, deps.clock, signal);
}
