import type { DownloadJob, DownloadRequest, OutputRequest } from "@vidferry/sdk";
import type { TextKey } from "../language/en.ts";

/** What a person can do about a failure, by a button. */
export type Remedy =
  | { readonly kind: "retry"; readonly label: TextKey }
  /** Asks anew, with another output. */
  | { readonly kind: "again"; readonly label: TextKey; readonly request: DownloadRequest }
  | { readonly kind: "cookies"; readonly label: TextKey }
  /** Brings the link back into the field, to ask for less of it. */
  | { readonly kind: "change"; readonly label: TextKey };

const wantsCookies: ReadonlySet<string> = new Set(["bot_check", "login_required", "age_restricted", "members_only"]);
const tooMuch: ReadonlySet<string> = new Set(["file_too_large", "disk_full", "storage_full", "out_of_memory"]);

/** A program that the worker lacks, which an operator installs. */
const isOfTools = (code: string): boolean => code.startsWith("tool_");

/** What helps against the failure of a job, the most likely first. */
export function remediesOf(job: DownloadJob): readonly Remedy[] {
  if (job.state === "succeeded") {
    return job.artifacts.length === 0 ? [again(job, "remedy.again")] : [];
  }
  if (job.state === "canceled") return [{ kind: "retry", label: "remedy.retry" }];
  if (job.state !== "failed" || job.error === null) return [];
  const { code, retryable } = job.error;
  const isVideo = job.request.output.type === "video";
  const remedies: Remedy[] = [];
  if (wantsCookies.has(code)) remedies.push({ kind: "cookies", label: "remedy.cookies" });
  if (code === "format_unavailable" && isVideo) {
    remedies.push(again(job, "remedy.other", { type: "video", quality: "best", container: "mkv" }));
  }
  if (tooMuch.has(code) && isVideo) remedies.push(again(job, "remedy.lower", { type: "video", quality: "480p" }));
  if ((tooMuch.has(code) || code === "format_unavailable") && isVideo) {
    remedies.push(again(job, "remedy.audio", { type: "audio", format: "best" }));
  }
  if (code === "too_long") remedies.push({ kind: "change", label: "remedy.part" });
  // Others have the same end again, until an operator has changed something.
  if (retryable || wantsCookies.has(code) || isOfTools(code)) remedies.push({ kind: "retry", label: "remedy.retry" });
  return remedies;
}

/** Asks now for the same, or for another output of it. */
function again({ request }: DownloadJob, label: TextKey, output: OutputRequest = request.output): Remedy {
  const { scheduledFor: _, ...wishes } = request;
  // A sound has no picture for captions, with which it would be refused.
  const subtitles =
    output.type === "audio" && request.subtitles !== undefined
      ? { subtitles: { ...request.subtitles, embed: false, burnIn: false } }
      : {};
  return { kind: "again", label, request: { ...wishes, output, ...subtitles } };
}
