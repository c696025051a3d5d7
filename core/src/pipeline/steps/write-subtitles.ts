import { AppError } from "../../errors/app-error.ts";
import type { SubtitleFormat } from "../../jobs/request-values.ts";
import { resultName, resultTitle } from "../../library/result-name.ts";
import type { Cue } from "../../subtitles/cue.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import { type AboutTrack, toJson } from "../../subtitles/json.ts";
import { type AboutVideo, toMarkdown } from "../../subtitles/markdown.ts";
import { toSrt } from "../../subtitles/srt.ts";
import { toText } from "../../subtitles/text.ts";
import { toVtt } from "../../subtitles/vtt.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import type { ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";
import { cuesAfterCut } from "../timeline/cues-after-cut.ts";
import { type Cut, uncut } from "../timeline/cut.ts";
import { sourceTime } from "../timeline/source-time.ts";
import { type CaptionTrack, readCues } from "./fetch-captions.ts";

/** The writer of each format, and what kind of result it makes. */
const writers: Readonly<
  Record<
    SubtitleFormat,
    {
      readonly kind: "subtitle" | "transcript";
      readonly write: (cues: readonly Cue[], about: AboutTrack & AboutVideo) => Iterable<string>;
    }
  >
> = {
  srt: { kind: "subtitle", write: toSrt },
  vtt: { kind: "subtitle", write: toVtt },
  txt: { kind: "transcript", write: toText },
  md: { kind: "transcript", write: toMarkdown },
  json: { kind: "transcript", write: toJson },
};

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
        // What was transcribed beside what somebody has written.
        const isSecond = tracks.slice(0, index).some(({ language }) => language === track.language);
        for (const cut of cuts ?? [uncut]) {
          const cues = cuesAfterCut(all, cut, track.clock);
          const { language, automatic } = track;
          const title = resultTitle(resolution.media, cut);
          const url = resolution.media.webpageUrl;
          const about = { language, automatic, title, url, sourceTime: sourceTime(cut.kept) };
          for (const format of new Set(formats)) {
            const { kind, write } = writers[format];
            files.push({
              kind,
              path: await folder.write(
                `subtitles-${cut.part?.number ?? 0}-${index}.${format}`,
                await joinPieces(write(cues, about), deps.clock, signal),
              ),
              name: resultName(request, resolution.media, cut),
              extension: `${language}${isSecond ? ".auto" : ""}.${format}`,
              language,
              automatic,
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
