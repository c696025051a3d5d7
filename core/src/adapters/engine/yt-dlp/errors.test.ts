import { describe, expect, test } from "bun:test";
import type { ErrorCode } from "../../../errors/codes.ts";
import { failureOf, failureRules, ruleFor } from "./errors.ts";
import { createOutputLog } from "./output-log.ts";

const report =
  "; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the appropriate issue template. Confirm you are on the latest version using  yt-dlp -U";
const login =
  " Use --cookies-from-browser or --cookies for the authentication. See  https://github.com/yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp  for how to manually pass cookies.";
const guard = "('Unable to connect to proxy', OSError('Tunnel connection failed: 403 Host not allowed by Vidferry'))";
const sabr =
  "WARNING: [youtube] sabr00000A1: Some visionos client https formats have been skipped as they are missing a URL. YouTube may have enabled the SABR-only streaming experiment for the current session.";
const noFormats = `ERROR: [youtube] sabr00000A1: No video formats found!${report}`;

/** What yt-dlp printed, as it printed it, and the code that stands for it. */
const messages: readonly (readonly [ErrorCode, ...string[]])[] = [
  [
    "host_not_allowed",
    `ERROR: [generic] x: Unable to download webpage: ${guard} (caused by ProxyError("${guard}"))${report}`,
  ],
  ["host_not_allowed", `ERROR: [download] Got error: ${guard}. Giving up after 10 retries`],
  [
    "host_not_allowed",
    "ERROR: [generic] x: Unable to download webpage: HTTP Error 403: Host not allowed by Vidferry (caused by <HTTPError 403: Host not allowed by Vidferry>)",
  ],
  [
    "unsupported_url",
    "ERROR: [generic] x: Unable to download webpage: HTTP Error 403: Scheme not allowed by Vidferry (caused by <HTTPError 403: Scheme not allowed by Vidferry>)",
  ],
  [
    "unsupported_url",
    "ERROR: This request requires WebSocket support. Ensure one of the following dependencies are installed: websockets",
  ],
  [
    "tool_outdated",
    `ERROR: [generic] x: Unable to download webpage: ('Unable to connect to proxy', NewConnectionError("HTTPConnection(host='127.0.0.1', port=1): Failed to establish a new connection: [Errno 111] Connection refused"))`,
  ],
  ["format_unavailable", "FFmpeg may not open the network", "ERROR: ffmpeg exited with code 1"],
  ["bot_check", `ERROR: [youtube] botcheck0A1: Sign in to confirm you’re not a bot.${login}`],
  [
    "bot_check",
    "ERROR: [youtube] captcha00A1: Video unavailable. YouTube is requiring a captcha challenge before playback",
  ],
  [
    "bot_check",
    "ERROR: [youtube] x: All player responses are invalid. Your IP is likely being blocked by Youtube; please report this issue",
  ],
  [
    "rate_limited",
    "ERROR: [youtube] ratelimit01: Video unavailable. This content isn't available, try again later. The current session has been rate-limited by YouTube for up to an hour. It is recommended to use `-t sleep` to add a delay between video requests to avoid exceeding the rate limit.",
  ],
  ["rate_limited", "ERROR: unable to download video data: HTTP Error 429: Too Many Requests"],
  [
    "rate_limited",
    "WARNING: [youtube] http4290001: Unable to download webpage: HTTP Error 429: Too Many Requests (caused by <HTTPError 429: Too Many Requests>)",
    `ERROR: [youtube] http4290001: Failed to extract any player response${report}`,
  ],
  [
    "age_restricted",
    `ERROR: [youtube] agegate00A1: Sign in to confirm your age. This video may be inappropriate for some users.${login}`,
  ],
  [
    "video_private",
    `ERROR: [youtube] private00A1: Private video. Sign in if you've been granted access to this video.${login}`,
  ],
  ["video_private", "ERROR: [youtube:tab] PLprivate0001: YouTube said: This playlist is private."],
  [
    "members_only",
    "ERROR: [youtube] members00A1: Join this channel to get access to members-only content like this video, and other exclusive perks.",
  ],
  [
    "members_only",
    "ERROR: [youtube] x: This video is available to this channel's members on level: Gold (or any higher level).",
  ],
  ["members_only", "ERROR: [youtube] x: This video requires payment to watch."],
  ["members_only", "ERROR: [youtube] x: The video is only available to Music Premium members"],
  ["login_required", `ERROR: [vimeo] 12: This video is only available for registered users.${login}`],
  [
    "login_required",
    "ERROR: The provided YouTube account cookies are no longer valid. They have likely been rotated in the browser as a security measure.",
  ],
  ["login_required", "ERROR: '/x/cookies.txt' does not look like a Netscape format cookies file"],
  [
    "copyright_blocked",
    "ERROR: [youtube] copyright01: Video unavailable. This video is no longer available due to a copyright claim by Foo",
  ],
  [
    "geo_blocked",
    "ERROR: [youtube] geoblock0A1: The uploader has not made this video available in your country",
    "You might want to use a VPN or a proxy server (with --proxy) to workaround.",
  ],
  ["geo_blocked", "ERROR: [bbc] x: This video is not available from your location due to geo restriction"],
  [
    "video_removed",
    "ERROR: [youtube] x: Video unavailable. This video is no longer available because the YouTube account associated with this video has been terminated.",
  ],
  ["video_removed", "ERROR: [youtube] removed00A1: Video unavailable. This video has been removed by the uploader"],
  ["video_removed", "ERROR: [youtube] x: This video has been removed for violating YouTube's Terms of Service"],
  ["video_removed", "ERROR: [youtube] x: This video is no longer available"],
  ["live_not_started", "ERROR: [youtube] upcoming0A1: This live event will begin in 5 hours."],
  ["live_not_started", "ERROR: [youtube] x: Premieres in 2 days"],
  ["live_not_started", "ERROR: [youtube:tab] x: The channel is not currently live"],
  ["live_not_started", "ERROR: [youtube] x: Offline."],
  ["video_removed", "ERROR: [youtube] ended0000A1: This live stream recording is not available."],
  ["video_removed", "ERROR: [youtube] x: This live event has ended."],
  ["drm_protected", "ERROR: [youtube] drm0000000A: This video is DRM protected"],
  ["playlist_empty", "ERROR: [youtube:tab] PLx: YouTube said: The playlist does not exist."],
  ["playlist_empty", "ERROR: [youtube:tab] @x: This channel does not have a videos tab"],
  ["video_removed", "ERROR: [youtube] notexist0A1: This video is unavailable"],
  ["video_removed", "ERROR: [youtube] x: This video is not available"],
  [
    "format_unavailable",
    "ERROR: [generic] master: Requested format is not available. Use --list-formats for a list of available formats",
  ],
  [
    "tool_missing",
    "WARNING: [youtube] No supported JavaScript runtime could be found. Only deno is enabled by default; to use another runtime add  --js-runtimes RUNTIME[:PATH]  to your command/config.",
    noFormats,
  ],
  [
    "tool_missing",
    "WARNING: [youtube] [jsc] Remote components challenge solver script (deno) and NPM package (deno) were skipped.",
    "WARNING: [youtube] x: n challenge solving failed: Some formats may be missing.",
    noFormats,
  ],
  ["source_error", "WARNING: [youtube] x: Signature solving failed: Some formats may be missing.", noFormats],
  ["source_error", sabr, noFormats],
  [
    "format_unavailable",
    "WARNING: [generic] DASH streams of several periods are left out by Vidferry",
    "ERROR: [generic] two: No video formats found!",
  ],
  [
    "format_unavailable",
    "WARNING: [generic] A DASH manifest that cannot be read is left out by Vidferry: ValueError: it has 9 segments",
    "ERROR: [generic] many: No video formats found!",
  ],
  [
    "bot_check",
    "WARNING: [youtube] x: web client https formats require a GVS PO Token which was not provided.",
    noFormats,
  ],
  ["source_error", noFormats],
  ["unsupported_url", "ERROR: Unsupported URL: https://media.example/page"],
  ["unsupported_url", "ERROR: [generic] 'foo' is not a valid URL. Set --default-search \"ytsearch\" to search YouTube"],
  ["unsupported_url", "ERROR: No suitable extractor (youtube) found for URL https://example.com/"],
  [
    "unsupported_url",
    "ERROR: [generic] x: Unable to download webpage: file:// URLs are disabled by default in yt-dlp for security reasons. Use --enable-file-urls to enable at your own risk.",
  ],
  ["source_forbidden", "ERROR: unable to download video data: HTTP Error 403: Forbidden"],
  [
    "source_forbidden",
    "ERROR: [download] Got error: HTTP Error 403: Forbidden. Giving up after 5 retries",
    "ERROR: write to closed file",
  ],
  ["source_error", "ERROR: unable to download video data: HTTP Error 404: Not Found"],
  [
    "source_error",
    "ERROR: [download] Got error: HTTP Error 410: Gone. Giving up after 4 retries",
    "ERROR: fragment 7 not found, unable to continue",
  ],
  ["source_error", "ERROR: fragment 7 not found, unable to continue"],
  ["source_error", "ERROR: The downloaded file is empty"],
  ["source_error", "ERROR: Did not get any data blocks"],
  [
    "video_removed",
    "ERROR: [generic] x: Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404: Not Found>)",
  ],
  [
    "source_error",
    "ERROR: [youtube] x: Unable to download API page: HTTP Error 503: Service Unavailable (caused by <HTTPError 503: Service Unavailable>)",
  ],
  ["disk_full", "ERROR: unable to write data: [Errno 28] No space left on device"],
  ["disk_full", "ERROR: Unable to download video: [Errno 28] No space left on device"],
  ["disk_full", "ERROR: unable to write data: [Errno 122] Disk quota exceeded"],
  ["file_too_large", "ERROR: unable to write data: [Errno 27] File too large"],
  ["out_of_memory", "ERROR: An extractor error has occurred. (caused by MemoryError()); please report this issue on x"],
  ["out_of_memory", "ERROR: [Errno 12] Cannot allocate memory"],
  ["out_of_memory", "ERROR: ffmpeg exited with code -9"],
  ["file_too_large", "[download] File is larger than max-filesize (9999999 bytes > 1000 bytes). Aborting."],
  ["storage_error", "ERROR: unable to open for writing: [Errno 30] Read-only file system: '/x/stream.part'"],
  ["storage_error", "ERROR: unable to open for writing: [Errno 36] File name too long: '/x'"],
  [
    "tool_missing",
    "ERROR: Postprocessing: ffprobe and ffmpeg not found. Please install or provide the path using --ffmpeg-location",
  ],
  ["processing_failed", "ERROR: Postprocessing: Conversion failed!"],
  [
    "format_unavailable",
    "ERROR: The extracted extension ('exe') is unusual and will be skipped for safety reasons. If you believe this is an error, please report this issue on x",
  ],
  [
    "network_error",
    `ERROR: [youtube] x: Unable to download API page: [Errno -2] Name or service not known (caused by TransportError("Failed to resolve 'www.youtube.com'"))`,
  ],
  ["network_error", "ERROR: [download] Got error: 100000 bytes read, 3128814 more expected. Giving up after 1 retries"],
  ["network_error", "ERROR: unable to download video data: <urlopen error [Errno 111] Connection refused>"],
  ["network_error", "ERROR: [download] Got error: The read operation timed out. Giving up after 5 retries"],
  [
    "network_error",
    "ERROR: [generic] x: Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
  ],
  ["source_error", `ERROR: [youtube] x: Failed to extract any player response${report}`],
  ["source_error", "ERROR: An extractor error has occurred. (caused by KeyError('videoDetails'))"],
  ["source_error", "ERROR: something that nobody has seen before"],
];

const now = new Date("2026-11-23T12:00:00Z");
const failure = (...lines: string[]) => {
  const log = createOutputLog();
  for (const line of lines) log.stderr(line);
  return failureOf(log, now);
};

describe("yt-dlp's messages", () => {
  test.each(messages.map((row) => [row[0], row.at(-1) ?? "", row.slice(1)] as const))(
    "mean %s: %s",
    (code, _last, lines) => {
      expect(failure(...lines).code).toBe(code);
    },
  );

  test("reach every row of the table", () => {
    const used = new Set(
      messages.flatMap(([, ...lines]) => {
        const log = createOutputLog();
        for (const line of lines) log.stderr(line);
        const asides = [...log.warnings, ...log.text];
        const rules = [...log.errors, ...log.text.map((message) => ({ message, causes: [] }))].map((one) =>
          ruleFor(one, asides),
        );
        return rules.filter((rule) => rule !== undefined);
      }),
    );
    expect(failureRules.filter((rule) => !used.has(rule)).map((rule) => String(rule.pattern ?? rule.status))).toEqual(
      [],
    );
  });

  test("are understood by what caused them, where that is reported, in whatever words", () => {
    const reported = (message: string, ...causes: { type: string; status?: number; errno?: number }[]) => {
      const log = createOutputLog();
      log.error(message, causes);
      return failureOf(log, now).code;
    };
    expect(reported("[x] y: Zugriff verweigert", { type: "ExtractorError" }, { type: "HTTPError", status: 403 })).toBe(
      "source_forbidden",
    );
    expect(reported("[x] y: zu oft", { type: "HTTPError", status: 429 })).toBe("rate_limited");
    expect(reported("unable to write data", { type: "DownloadError" }, { type: "OSError", errno: 28 })).toBe(
      "disk_full",
    );
    expect(reported("[x] y: not here", { type: "GeoRestrictedError" })).toBe("geo_blocked");
    expect(reported("[x] y: weg", { type: "TransportError" })).toBe("network_error");
    // The status that was sent counts, and not a number in the words of a site.
    expect(reported("[x] y: see HTTP Error 404", { type: "HTTPError", status: 503 })).toBe("source_error");
    // What a message says by itself is more specific than its cause.
    expect(reported("[x] y: This video is private", { type: "HTTPError", status: 403 })).toBe("video_private");
  });

  test("are shown without marks, advice and the way to report them", () => {
    expect(
      failure(
        `ERROR: [youtube] private00A1: Private video. Sign in if you've been granted access to this video.${login}`,
      ).message,
    ).toBe("Private video. Sign in if you've been granted access to this video.");
    expect(failure(noFormats).message).toBe("No video formats found!");
    expect(
      failure("ERROR: \n[download] Got error: 100000 bytes read, 3128814 more expected. Giving up after 5 retries")
        .message,
    ).toBe("100000 bytes read, 3128814 more expected. Giving up after 5 retries");
  });

  test("never show a signed link or credentials", () => {
    const shown = failure(
      "ERROR: Unable to download https://rr1.googlevideo.com/videoplayback?expire=1&sig=SECRET: Connection refused via http://user:SECRET@proxy.example:3128/",
    ).message;
    expect(shown).not.toContain("SECRET");
    expect(shown).toContain("https://rr1.googlevideo.com/videoplayback?…");
  });

  test("do not name the proxy", () => {
    const unreachable =
      "('Unable to connect to proxy', NewConnectionError(\"HTTPSConnection(host='10.0.0.3', port=3128): Failed to establish a new connection: [Errno 111] Connection refused\"))";
    expect(
      failure(
        `ERROR: [youtube] x: Unable to download API page: ${unreachable} (caused by ProxyError("${unreachable}"))`,
      ),
    ).toMatchObject({
      code: "network_error",
      message: "Unable to download API page: the proxy could not be reached",
    });
    const refused = "('Unable to connect to proxy', OSError('Tunnel connection failed: 502 Name does not resolve'))";
    expect(
      failure(`ERROR: [generic] x: Unable to download webpage: ${refused} (caused by ProxyError("${refused}"))`),
    ).toMatchObject({
      code: "network_error",
      message: "Unable to download webpage: the proxy answered 502 Name does not resolve",
    });
  });

  test("tell when to try again where they know it", () => {
    expect(failure("ERROR: [youtube] x: This live event will begin in 5 hours.").retryAt).toEqual(
      new Date("2026-11-23T17:00:00Z"),
    );
    expect(failure("ERROR: [youtube] x: This live event will begin in a few moments.").retryAt).toEqual(
      new Date("2026-11-23T12:05:00Z"),
    );
    expect(failure("ERROR: [youtube] x: This content isn't available, try again later.").retryAt).toEqual(
      new Date("2026-11-23T13:00:00Z"),
    );
    expect(failure(`ERROR: [youtube] x: This live event will begin in ${"9".repeat(12)} days.`).retryAt).toEqual(
      new Date("2026-11-23T12:05:00Z"),
    );
    expect(failure("ERROR: HTTP Error 404: Not Found").retryAt).toBeNull();
  });

  test("count from the first error that is known, not from its echo", () => {
    expect(failure("ERROR: unheard of", "ERROR: HTTP Error 503: x", "ERROR: HTTP Error 404: x").code).toBe(
      "source_error",
    );
    expect(failure("ERROR: [Errno 28] No space left on device", "ERROR: write to closed file").code).toBe("disk_full");
  });

  test("are bounded, however much is said", () => {
    const log = createOutputLog();
    for (let index = 0; index < 10_000; index++) {
      log.stderr(`ERROR: ${"x".repeat(10_000)}`);
      log.stdout("y".repeat(10_000));
    }
    expect(JSON.stringify([log.errors, log.text]).length).toBeLessThan(1_000_000);
    expect(failureOf(log, now).message.length).toBeLessThanOrEqual(400);
  });

  test("without any word still make an error", () => {
    expect(failure().code).toBe("source_error");
    expect(failure("ERROR: ").message).not.toBe("");
  });
});
