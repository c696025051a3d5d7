import { AppError } from "../../errors/app-error.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import { toSrt } from "../../subtitles/srt.ts";
import { toText } from "../../subtitles/text.ts";
import { toVtt } from "../../subtitles/vtt.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import type { ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";
import { cuesAfterCut } from "../timeline/cues-after-cut.ts";
import { type Cut, uncut } from "../timeline/cut.ts";
import { type CaptionTrack, readCues } from "./fetch-captions.ts";
import { titleOf } from "./recipe.ts";

const render = { srt: toSrt, vtt: toVtt, txt: toText };

/** Writes the captions in the formats that the request wishes for: for each result, on its timeline. */
export function writeSubtitles(
  attempt: Attempt,
  inputs: {
    readonly resolution: Step<Resolution>;
    readonly tracks: Step<readonly CaptionTrack[]>;
    /** Null: no media is fetched, for a transcript. */
    readonly cuts: Step<readonly Cut[]> | null;
  },
): Step<readonly ResultFile[]> {
  const { deps, job, folder } = attempt;
  const { request } = job;
  return defineStep({
    name: "subtitles",
    stage: "processing",
    weight: 1,
    inputs,
    run: async ({ resolution, tracks, cuts }, { signal }) => {
      const formats = request.subtitles?.formats ?? ["txt", "srt", "vtt"];
      const files: ResultFile[] = [];
      for (const [index, track] of tracks.entries()) {
        const all = await readCues(attempt, track, signal);
        for (const cut of cuts ?? [uncut]) {
          const cues = cuesAfterCut(all, cut);
          for (const format of formats) {
            files.push({
              kind: format === "txt" ? "transcript" : "subtitle",
              path: await folder.write(
                `subtitles-${cut.chapter?.number ?? 0}-${index}.${format}`,
                await joinPieces(render[format](cues), deps.clock, signal),
              ),
              title: titleOf(resolution.media, cut),
              extension: `${track.language}.${format}`,
              language: track.language,
              automatic: track.automatic,
              media: null,
            });
          }
        }
      }
      if (request.output.type === "transcript" && files.length === 0) {
        throw new AppError("format_unavailable", "The video has no subtitles in these languages.", {
          hint: "POST /api/v1/probe lists the subtitle languages.",
        });
      }
      return files;
    },
  });
}
