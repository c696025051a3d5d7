import type { StoredArtifact } from "../library/artifact.ts";
import type { Attempt } from "./attempt.ts";
import type { Resolution } from "./downloader.ts";
import type { ResultFile } from "./result-file.ts";
import type { Step } from "./step.ts";
import { admit } from "./steps/admit.ts";
import { decideCuts } from "./steps/cut.ts";
import { fetchStreams } from "./steps/fetch.ts";
import { fetchCaptions } from "./steps/fetch-captions.ts";
import { fetchCover } from "./steps/fetch-cover.ts";
import { fetchSound } from "./steps/fetch-sound.ts";
import { writeInfo } from "./steps/info.ts";
import { inspectStreams } from "./steps/inspect.ts";
import { keepThumbnail } from "./steps/keep-thumbnail.ts";
import { writeNfo } from "./steps/nfo.ts";
import { burnsIn } from "./steps/recipe.ts";
import { recordLive } from "./steps/record.ts";
import { shapeMedia } from "./steps/shape.ts";
import { storeFiles } from "./steps/store.ts";
import { transcribeSpeech } from "./steps/transcribe-speech.ts";
import { translateCaptions } from "./steps/translate-captions.ts";
import { verifyMedia } from "./steps/verify.ts";
import { transcribeWish } from "./steps/wants-transcription.ts";
import { writeSubtitles } from "./steps/write-subtitles.ts";

/** What an attempt does after the link is resolved. */
export interface AttemptPlan {
  /** In logical order; the order of execution follows from their inputs. */
  readonly steps: readonly Step[];
  /** The last one: its output is the attempt's. */
  readonly stored: Step<readonly StoredArtifact[]>;
}

/**
 * The steps for a request and a resolved link. The only place that connects outputs and inputs of steps; a new kind of
 * processing is a new file in `steps/` and a line here.
 * @param resolved the step that made the resolution.
 */
export function planAttempt(attempt: Attempt, resolved: Step<Resolution>, resolution: Resolution): AttemptPlan {
  const { request } = attempt.job;
  const steps: Step[] = [];
  const results: Step<readonly ResultFile[]>[] = [];
  const add = <T>(step: Step<T>): Step<T> => {
    steps.push(step);
    return step;
  };
  const addResult = (step: Step<readonly ResultFile[]>) => results.push(add(step));

  const admitted = add(admit(attempt, resolved));
  const wantsCaptions = request.subtitles !== undefined || request.output.type === "transcript";
  const fetched = wantsCaptions ? add(fetchCaptions(attempt, admitted)) : null;
  const isTranscript = request.output.type === "transcript";
  const streams =
    resolution.streams.length === 0
      ? null
      : add(
          resolution.live !== undefined
            ? recordLive(attempt, admitted)
            : isTranscript && fetched !== null
              ? fetchSound(attempt, admitted, fetched)
              : fetchStreams(attempt, admitted),
        );
  const usesCover =
    request.thumbnail === "file" || (request.thumbnail === "embed" && streams !== null && !isTranscript);
  const cover = usesCover ? add(fetchCover(attempt, admitted)) : null;

  const media = streams === null ? null : add(inspectStreams(attempt, admitted, streams));
  const cuts = media === null || isTranscript ? null : add(decideCuts(attempt, { resolution: admitted, media }));
  const captions =
    fetched === null || transcribeWish(request) === "never"
      ? fetched
      : add(transcribeSpeech(attempt, { resolution: admitted, tracks: fetched, media, cuts }));
  const translates = request.subtitles?.translator === "libretranslate" && request.subtitles.translateTo.length > 0;
  const tracks = captions !== null && translates ? add(translateCaptions(attempt, captions)) : captions;
  if (media !== null && cuts !== null) {
    const inside = {
      tracks: request.subtitles?.embed === true || burnsIn(request.subtitles) ? tracks : null,
      cover: request.thumbnail === "embed" ? cover : null,
    };
    const shaped = add(shapeMedia(attempt, { resolution: admitted, media, cuts, ...inside }));
    addResult(verifyMedia(attempt, shaped));
  }
  if (tracks !== null) addResult(writeSubtitles(attempt, { resolution: admitted, tracks, cuts }));
  if (cover !== null && request.thumbnail === "file") addResult(keepThumbnail(attempt, admitted, cover));
  if (request.metadata.infoJson) addResult(writeInfo(attempt, admitted));
  if (request.metadata.nfo) addResult(writeNfo(attempt, { resolution: admitted, cuts }));

  return { steps, stored: add(storeFiles(attempt, results)) };
}
