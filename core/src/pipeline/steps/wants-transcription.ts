import type { DownloadRequest } from "../../jobs/request.ts";
import type { Transcribe } from "../../jobs/request-values.ts";

type Request = Pick<DownloadRequest, "subtitles">;

/** When the speech is to be transcribed. */
export function transcribeWish({ subtitles }: Request): Transcribe {
  return subtitles?.transcribe ?? "never";
}

/** Whether the speech has to be transcribed, when these captions could be had. */
export function wantsTranscription(request: Request, tracks: readonly unknown[]): boolean {
  const wish = transcribeWish(request);
  return wish === "always" || (wish === "missing" && tracks.length === 0);
}
