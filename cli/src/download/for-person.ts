import {
  AppError,
  type DownloadRequest,
  type DownloadRequestInput,
  type ErrorCode,
  errorCodes,
  isAppError,
  readRequest,
} from "@vidferry/core";
import { UsageError } from "@vidferry/core/program";
import { isDiskFull, systemCode } from "@vidferry/core/system";

/*
 * The core speaks to those who call an API or run a service. At the command line both are the person who typed the
 * command, so fields become options, and hints become what that person can do.
 */

/** The option that fills a field of the request; the longest path wins. */
const optionOf: Readonly<Record<string, string>> = {
  url: "the link",
  "output.quality": "--quality",
  "output.container": "--container",
  "output.codec": "--codec",
  "output.maxFps": "--max-fps",
  "output.format": "--audio",
  "output.bitrateKbps": "--bitrate",
  "output.vbrQuality": "--vbr",
  "output.audioLanguage": "--audio-lang",
  "output.variants": "--variants",
  "subtitles.embed": "--embed-subs",
  "subtitles.burnIn": "--burn-subs",
  "subtitles.formats": "--subs-formats",
  "subtitles.translateTo": "--translate-to",
  "subtitles.translator": "--translator",
  "subtitles.transcribe": "--transcribe",
  subtitles: "--subs",
  clip: "--clip",
  chapters: "--chapters",
  sponsorBlock: "--sponsorblock",
  "sponsorBlock.mark": "--mark-segments",
  exactCuts: "--exact",
  thumbnail: "--thumbnail",
  thumbnailFormat: "--thumbnail-format",
  metadata: "--metadata",
  fileName: "--name",
};

/** Words of the core's messages that speak of fields and types there, and of options and values here. */
const words: readonly (readonly [field: RegExp, words: string])[] = [
  [/`?chapters: split`?|`split`/g, "--chapters split"],
  [/`thumbnail: file`/g, "--thumbnail file"],
  [/\bsponsorBlock\b/g, "--sponsorblock"],
  [/^must be greater than startSeconds$/g, "it must end after its beginning"],
  [/^Invalid option: /g, ""],
  [/"\|"/g, ", "],
  [/"/g, ""],
  [/^Too big: expected \w+ to (?:be|have) <=(\d+).*$/g, "expected at most $1"],
  [/^Too small: expected \w+ to (?:be|have) >=(\d+).*$/g, "expected at least $1"],
];

/** Reads what the options ask for. Throws {@link UsageError} that names the options that are wrong. */
export function readPersonsRequest(input: DownloadRequestInput): DownloadRequest {
  try {
    return readRequest(input);
  } catch (error) {
    if (!isAppError(error) || error.fields.length === 0) throw error;
    throw new UsageError(error.fields.map(({ path, message }) => `${optionFor(path)}: ${inWords(message)}`).join("\n"));
  }
}

function optionFor(path: string): string {
  // A JSON Pointer.
  const parts = path.slice(1).split("/");
  for (let length = parts.length; length > 0; length -= 1) {
    const option = optionOf[parts.slice(0, length).join(".")];
    if (option !== undefined) return option;
  }
  return parts.join(".");
}

const inWords = (message: string): string =>
  words.reduce((text, [field, option]) => text.replaceAll(field, option), message);

/** What to do, where the core's own hint is for those who call the API or run a service. */
const hints: Partial<Record<ErrorCode, string>> = {
  invalid_request: "See: vidferry download --help",
  unsupported_url: "Give the link of a video, a short or the recording of a live stream.",
  not_configured: "Set the variable that is named to the address of such a server, and start the command again.",
  host_not_allowed: "Set ALLOWED_HOSTS to the host, or to * for all public hosts, and start it again.",
  not_found: "Start the command again.",
  artifact_expired: "Start the command again.",
  live_not_started: "Start the command again when the recording is online.",
  live_not_supported: "Record it with --live-max SECONDS, or start the command again when the recording is online.",
  format_unavailable: "Ask for less: leave out --quality, --codec, --container or --audio.",
  rate_limited: "Wait an hour, or set PROXY_URL to another proxy.",
  bot_check: "Wait some hours, set PROXY_URL to another proxy, or give cookies with --cookies FILE.",
  login_required: "Give cookies of an account that may watch it with --cookies FILE.",
  video_private: "Give cookies of an account that its owner shared it with, with --cookies FILE.",
  members_only: "Give cookies of a member's account with --cookies FILE.",
  age_restricted: "Give cookies of an adult's account with --cookies FILE.",
  source_forbidden: "Start the command again; if it stays, set PROXY_URL to another proxy.",
  geo_blocked: "Set PROXY_URL to a proxy in a country where it plays.",
  file_too_large: "Ask for a lower --quality, or raise MAX_FILE_BYTES.",
  playlist_too_long: "Give the links of the videos that are wanted.",
  too_long: "Ask for a part with --clip, or raise MAX_DURATION_SECONDS.",
  disk_full: "Free space on the disk of --out, and start the command again: it continues.",
  storage_full: "Free space on the disk of --out, and start the command again: it continues.",
  storage_error: "Check that --out is a folder on a disk that can be written.",
  tool_missing: "Run: vidferry doctor",
  tool_outdated: "Update yt-dlp; vidferry doctor names the version.",
  processing_failed: "Try another --container or --quality.",
  transcription_failed: "Check TRANSCRIBER_URL and its server, and start the command again: it continues.",
  out_of_memory: "Ask for a lower --quality, or close other programs.",
  worker_lost: "Start the command again: it continues.",
  unavailable: "Start the command again: it continues.",
  internal_error: "Set LOG_LEVEL=debug to see more.",
};

/** Words that mean something to those who call the API or run a service, and nothing at a command line. */
const foreign =
  /\b(POST|GET|PATCH|DELETE) \/|\/api\/v1|`\w+`|\b(WORK_DIR|STORAGE_URL|DATABASE_URL|REDIS_URL|operator|worker|egress|request id|submit|jobs?)\b/i;

/** File system errors concern the target folder and are not internal errors. */
function codeOfSystem(error: unknown): "disk_full" | "storage_error" | "internal_error" {
  if (isDiskFull(error)) return "disk_full";
  return ["EACCES", "EPERM", "EROFS", "EEXIST", "ENOTDIR"].includes(systemCode(error) ?? "")
    ? "storage_error"
    : "internal_error";
}

/** What ends the command before or between its downloads, in the same words; faults of ours stay as they are. */
export function endingForPerson(error: unknown): unknown {
  if (!isAppError(error) && codeOfSystem(error) === "internal_error") return error;
  const { code, detail, hint } = forPerson(error);
  return new AppError(code, detail, {
    cause: error,
    ...(hint !== null && { hint }),
    permanent: isAppError(error) && error.permanent,
  });
}

/** How a failed download is told to the person who typed the command. */
export function forPerson(error: unknown): {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint: string | null;
} {
  if (!isAppError(error)) {
    const detail = systemCode(error) === null ? "Something went wrong inside Vidferry." : (error as Error).message;
    const code = codeOfSystem(error);
    return { code, detail, hint: hints[code] ?? null };
  }
  const own = hints[error.code];
  const [field] = error.fields;
  return {
    code: error.code,
    detail: field === undefined ? error.message : `${optionFor(field.path)}: ${inWords(field.message)}`,
    hint:
      own !== undefined && (foreign.test(error.hint) || error.hint === errorCodes[error.code].hint) ? own : error.hint,
  };
}
