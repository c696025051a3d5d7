import { AppError } from "../../../errors/app-error.ts";
import type { ErrorCode } from "../../../errors/codes.ts";
import type { Cause } from "./hook-lines.ts";
import type { LoggedError, OutputLog } from "./output-log.ts";
import { publicMessage } from "./public-message.ts";

/** One row of the table: what an error of yt-dlp shows, and its code. Any one of the marks is enough. */
export interface FailureRule {
  readonly code: ErrorCode;
  /** Matched against one message in lower case, with straight apostrophes. */
  readonly pattern?: RegExp;
  /** Matched against the status of an HTTP answer. */
  readonly status?: RegExp;
  /** Error numbers of the system. */
  readonly errno?: readonly number[];
  /** Matched against the class name of an exception; known where yt-dlp reports by hooks. */
  readonly exception?: RegExp;
  /** Besides, a warning (or line of text) of the same run must match this. */
  readonly warning?: RegExp;
  /** Instead of the code's own hint. */
  readonly hint?: string;
  /** Earliest useful retry, in seconds from now. */
  readonly retryAfterSeconds?: number;
}

const updateHint = "YouTube may have changed: update yt-dlp on the worker; `vidferry doctor` names the version.";
const runtimeHint = "Install Deno (or Node 22) and yt-dlp-ejs on the worker; `vidferry doctor` checks them.";
/** YouTube sends this also in the hours after the end, while it processes the recording. */
export const noRecordingHint = "The live stream is over and there is no recording of it, or not yet.";
const noFormats = /no video formats found|only images are available/;

/** Why what lies elsewhere than at http and https addresses is not fetched. */
export const foreignScheme = "It leads to an address that is neither http nor https, and nothing else is fetched.";

/** What a line of yt-dlp means in which it repeats a refusal of the egress guard or of the gate; null: it repeats none. */
export function refusalIn(line: string): AppError | null {
  if (/host not allowed by vidferry/i.test(line)) {
    return new AppError("host_not_allowed", "It leads to a host that is closed.");
  }
  return /scheme not allowed by vidferry/i.test(line) ? new AppError("unsupported_url", foreignScheme) : null;
}

/**
 * What yt-dlp's errors mean, most specific first; the first row that matches the first error wins. It is the one table for
 * errors that are reported by hooks, with their causes, and for printed ones, whose causes stand in the message if at all.
 * The messages after the id come from YouTube itself in most rows; yt-dlp asks for English.
 */
export const failureRules: readonly FailureRule[] = [
  { code: "host_not_allowed", pattern: /host not allowed by vidferry/ },
  {
    code: "unsupported_url",
    pattern: /scheme not allowed by vidferry|requires websocket support|unsupported proxy type/,
  },
  {
    code: "tool_outdated",
    pattern: /port=1\): failed to establish a new connection/,
    hint: "This yt-dlp does not load plugins, and without Vidferry's it may not connect: use a released version.",
  },
  {
    code: "bot_check",
    pattern: /confirm you're not a bot|requiring a captcha challenge|your ip is likely being blocked/,
  },
  {
    code: "rate_limited",
    pattern: /has been rate-limited by youtube|this content isn't available, try again later/,
    retryAfterSeconds: 3600,
  },
  { code: "rate_limited", status: /^429$/ },
  // A refused watch page is only a warning; the error that follows is about something else.
  {
    code: "rate_limited",
    pattern: /failed to extract any player response|no video formats/,
    warning: /http error 429/,
  },
  { code: "age_restricted", pattern: /confirm your age|age-restricted|may be inappropriate for some users/ },
  { code: "video_private", pattern: /private video|this (?:video|playlist) is private|granted access to this video/ },
  { code: "members_only", pattern: /members-only content|available to this channel's members/ },
  {
    code: "members_only",
    pattern: /requires payment to watch|music premium members|only available to (music )?premium/,
    hint: "It must be paid for: cookies of an account that has it are needed (COOKIES_FILE).",
  },
  {
    code: "login_required",
    pattern: /cookies are no longer valid|does not look like a netscape format cookies file/,
    hint: "Export the cookies again into COOKIES_FILE: the site no longer accepts them.",
  },
  {
    code: "login_required",
    pattern: /--cookies-from-browser or --cookies for the authentication|only available for registered users/,
  },
  { code: "copyright_blocked", pattern: /copyright claim by|copyright grounds|copyright infringement/ },
  {
    code: "geo_blocked",
    pattern: /available in your country|geo.?restriction|might want to use a vpn or a proxy server/,
    exception: /^GeoRestrictedError$/,
  },
  {
    code: "video_removed",
    pattern: /account associated with this video has been (terminated|closed)/,
    hint: "The account behind it was closed.",
  },
  { code: "video_removed", pattern: /removed by the uploader|removed for violating|video has been removed/ },
  { code: "video_removed", pattern: /no longer available/ },
  {
    code: "live_not_started",
    pattern:
      /this live event will begin|premieres in|premiere will begin|the channel is not currently live|: (the live stream is )?offline\.?$/,
  },
  {
    code: "video_removed",
    pattern: /live stream recording is not available|live (event|stream) has ended|video is no longer live/,
    hint: noRecordingHint,
  },
  { code: "drm_protected", pattern: /drm protected/ },
  {
    code: "playlist_empty",
    pattern: /the playlist does not exist|does not have an? .* tab|this playlist type is unviewable/,
  },
  { code: "video_removed", pattern: /video unavailable|this video is (unavailable|not available)/ },
  { code: "format_unavailable", pattern: /requested format is not available/ },
  {
    code: "tool_missing",
    pattern: noFormats,
    warning: /no supported javascript runtime|challenge solver .* were skipped/,
    hint: runtimeHint,
  },
  {
    code: "source_error",
    pattern: noFormats,
    warning: /challenge solving failed|signature solving failed/,
    hint: updateHint,
  },
  {
    code: "source_error",
    pattern: noFormats,
    warning: /sabr/,
    hint: "YouTube offers this video in a form that yt-dlp cannot read yet: try again later, or update yt-dlp.",
  },
  { code: "bot_check", pattern: noFormats, warning: /po token was not provided|require a gvs po token/ },
  {
    code: "format_unavailable",
    pattern: noFormats,
    warning: /several periods are left out/,
    hint: "It is only offered as a DASH stream of several periods that cannot be placed one after the other.",
  },
  {
    code: "format_unavailable",
    pattern: noFormats,
    warning: /dash manifest that cannot be read is left out/,
    hint: "It is only offered by a DASH manifest that is broken, or names more segments or periods than any video has.",
  },
  { code: "source_error", pattern: noFormats },
  {
    code: "unsupported_url",
    pattern:
      /unsupported url|no suitable extractor|is not a valid url|no connection adapters were found|file:\/\/ urls are disabled/,
    exception: /^UnsupportedError$/,
  },
  { code: "source_forbidden", status: /^403$/ },
  {
    code: "source_error",
    pattern:
      /fragment \d+ not found, unable to continue|skipping fragment|write to closed file|the downloaded file is empty|did not get any data blocks/,
  },
  // Of the media and not of its page: an address that has expired, or a segment that a cache lost.
  { code: "source_error", pattern: /(unable to download video data|got error): http error (404|410)/ },
  { code: "video_removed", status: /^(404|410)$/ },
  { code: "source_error", status: /^5/ },
  // Also in messages of a program that it starts, or about its exit.
  {
    code: "out_of_memory",
    pattern: /\bmemoryerror\b|cannot allocate memory|exited with code (-9|137)\b/,
    errno: [12],
    exception: /^MemoryError$/,
  },
  { code: "disk_full", pattern: /no space left on device|disk quota exceeded/, errno: [28, 122] },
  { code: "file_too_large", pattern: /larger than max-filesize/, errno: [27] },
  {
    code: "storage_error",
    pattern: /read-only file system|permission denied|file name too long|unable to open for writing/,
    hint: "Check the worker's work folder: it must be a writable disk.",
  },
  {
    code: "tool_missing",
    pattern: /ff(mpeg|probe) not found|ffmpeg is not installed|ffmpeg-location .* does not exist/,
    hint: "Install ffmpeg on the worker; `vidferry doctor` checks it.",
  },
  {
    code: "format_unavailable",
    pattern: /ffmpeg exited with code/,
    warning: /ffmpeg may not open the network/,
    hint: "It is only offered as a live or encrypted stream of a kind that is not supported.",
  },
  { code: "processing_failed", pattern: /^(postprocessing|preprocessing): / },
  { code: "format_unavailable", pattern: /is unusual and will be skipped for safety reasons/ },
  {
    code: "network_error",
    pattern:
      /failed to resolve|connection refused|timed out|connection (was )?reset|bytes read, \d+ more expected|network is unreachable|no route to host|ssl: |certificate verify failed|remote end closed|incompleteread|unable to connect to proxy|transport ?error|unable to download (webpage|api page)/,
    exception:
      /^(TransportError|IncompleteRead|ProxyError|SSLError|CertificateVerifyError|TimeoutError|Connection\w*Error)$/,
  },
  {
    code: "source_error",
    pattern: /please report this issue on|an extractor error has occurred|failed to extract/,
    hint: updateHint,
  },
];

/** Turns the messages of a failed run into an error. Its message is the source's own, without links' query strings. */
export function failureOf(log: OutputLog, now: Date, cause?: unknown): AppError {
  const asides = [...log.warnings, ...log.text];
  // Where nothing is called an error, the last that was said is the nearest to its end.
  const said = log.errors.length > 0 ? log.errors : asides.map(printed).reverse();
  for (const one of said) {
    const rule = ruleFor(one, asides);
    if (rule) return error(rule, one.message, now, cause);
  }
  const first = detail(log.errors[0]?.message ?? "");
  return new AppError("source_error", first === "" ? "yt-dlp ended without a result." : first, {
    hint: updateHint,
    cause,
  });
}

/** The code of one error by itself; null: it is in no row of the table. */
export function codeOf(one: LoggedError): ErrorCode | null {
  return ruleFor(one, [])?.code ?? null;
}

/** The row that an error falls under; `asides` are the warnings and other lines of its run. */
export function ruleFor({ message, causes }: LoggedError, asides: readonly string[]): FailureRule | undefined {
  const text = plain(message);
  const known = (read: (cause: Cause) => number | null | undefined, inText: RegExp): number[] => {
    const found = causes.flatMap((cause) => read(cause) ?? []);
    return found.length > 0 ? found : [...text.matchAll(inText)].map(([, number]) => Number(number));
  };
  const statuses = known(({ status }) => status, /http error (\d{3})/g);
  const numbers = known(({ errno }) => errno, /\[errno (\d{1,4})\]/g);
  const around = asides.map(plain);
  return failureRules.find(
    ({ pattern, status, errno, exception, warning }) =>
      (pattern?.test(text) ||
        statuses.some((one) => status?.test(String(one))) ||
        numbers.some((one) => errno?.includes(one)) ||
        causes.some(({ type }) => exception?.test(type))) &&
      (!warning || around.some((aside) => warning.test(aside))),
  );
}

const printed = (message: string): LoggedError => ({ message, causes: [] });

function error(rule: FailureRule, message: string, now: Date, cause: unknown): AppError {
  const seconds = rule.code === "live_not_started" ? secondsUntilStart(plain(message)) : rule.retryAfterSeconds;
  return new AppError(rule.code, detail(message), {
    cause,
    ...(rule.hint === undefined ? {} : { hint: rule.hint }),
    ...(seconds === undefined ? {} : { retryAt: new Date(now.getTime() + seconds * 1000) }),
  });
}

const unitSeconds = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;

/** Seconds from "This live event will begin in 5 hours."; a few minutes for "shortly", for nothing, and for more than a date can hold. */
function secondsUntilStart(message: string): number {
  const [, count, unit] = /in (\d{1,6}) (second|minute|hour|day)/.exec(message) ?? [];
  return count && unit ? Number(count) * unitSeconds[unit as keyof typeof unitSeconds] : 300;
}

function plain(message: string): string {
  return message.toLowerCase().replaceAll("’", "'");
}

/** The useful part of a message: without the extractor's prefix and yt-dlp's advice for its own users. */
function detail(message: string): string {
  // The line begins with a carriage return where a progress bar stood.
  const core = message
    .replace(/\s+/g, " ")
    .trimStart()
    .replace(/^\[[^\]]+\] (?:[^\s:]+: |Got error: )?/, "")
    // Python's own message, which contains the proxy.
    .replace(
      /\('Unable to connect to proxy', OSError\('Tunnel connection failed: ([^']*)'\)\)/g,
      "the proxy answered $1",
    )
    .replace(/\('Unable to connect to proxy', .*\)/g, "the proxy could not be reached")
    .replace(/[;,]? ?please report this issue on[\s\S]*$/, "")
    .replace(/ ?It is recommended to use `-t sleep`[\s\S]*$/, "")
    .replace(/ ?Use --(cookies|list-formats)[\s\S]*$/, "")
    .replace(/ ?You might want to use a VPN[\s\S]*$/, "")
    .replace(/ ?\(caused by [\s\S]*$/, "");
  return publicMessage(core);
}
