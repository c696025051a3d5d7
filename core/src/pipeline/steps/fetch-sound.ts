import type { Attempt } from "../attempt.ts";
import type { FetchedStream, Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import { fetchStreams } from "./fetch.ts";
import type { CaptionTrack } from "./fetch-captions.ts";
import { wantsTranscription } from "./wants-transcription.ts";

/** Fetches the sound of a transcript, if it has to be transcribed: that is known when its captions have been fetched. */
export function fetchSound(
  attempt: Attempt,
  admitted: Step<Resolution>,
  captions: Step<readonly CaptionTrack[]>,
): Step<readonly FetchedStream[]> {
  const fetch = fetchStreams(attempt, admitted);
  return defineStep({
    name: fetch.name,
    stage: fetch.stage,
    weight: fetch.weight,
    inputs: { resolution: admitted, captions },
    files: (streams) => streams.map(({ path }) => path),
    run: async ({ resolution, captions: tracks }, run) =>
      wantsTranscription(attempt.job.request, tracks) ? await fetch.run({ resolution }, run) : [],
  });
}
