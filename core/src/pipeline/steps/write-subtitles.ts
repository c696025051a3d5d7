import { AppError } from "../../errors/app-error.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import { toSrt } from "../../subtitles/srt.ts";
import { toText } from "../../subtitles/text.ts";
import { toVtt } from "../../subtitles/vtt.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import type { ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";
import { afterCut } from "../timeline/after-cut.ts";
import { keptRanges, sourceDuration } from "../timeline/kept-ranges.ts";
import type { MediaFile } from "../transcoder.ts";
import { type CaptionTrack, readCues } from "./fetch-captions.ts";

const render = { srt: toSrt, vtt: toVtt, txt: toText };

/** Writes the captions in the formats that the request wishes for, on the timeline of the result. */
export function writeSubtitles(
  attempt: Attempt,
  inputs: {
    readonly resolution: Step<Resolution>;
    readonly tracks: Step<readonly CaptionTrack[]>;
    /** Null: no media is fetched, for a transcript. */
    readonly media: Step<readonly MediaFile[]> | null;
  },
): Step<readonly ResultFile[]> {
  const { deps, job, folder } = attempt;
  const { request } = job;
  return defineStep({
    name: "subtitles",
    stage: "processing",
    weight: 1,
    inputs,
    run: async ({ resolution, tracks, media }, { signal }) => {
      const formats = request.subtitles?.formats ?? ["txt", "srt", "vtt"];
      const keep =
        media === null ? null : keptRanges(request, resolution.segments, sourceDuration(media, resolution.media));
      const files: ResultFile[] = [];
      for (const [index, track] of tracks.entries()) {
        const cues = afterCut(await readCues(attempt, track, signal), keep);
        for (const format of formats) {
          files.push({
            kind: format === "txt" ? "transcript" : "subtitle",
            path: await folder.write(
              `subtitles-${index}.${format}`,
              await joinPieces(render[format](cues), deps.clock, signal),
            ),
            title: resolution.media.title,
            extension: `${track.language}.${format}`,
            language: track.language,
            automatic: track.automatic,
            media: null,
          });
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
