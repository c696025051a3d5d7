/** YouTube's `playabilityStatus`: whether the video plays and, if not, what the site says. */
export type Playability = Readonly<Record<string, unknown>> & { readonly status: string };

/** What YouTube answers for each way a video can refuse to play, verbatim. */
export const playabilities = {
  private: refusal("LOGIN_REQUIRED", "Private video", "Sign in if you've been granted access to this video"),
  members: refusal(
    "UNPLAYABLE",
    "Join this channel to get access to members-only content like this video, and other exclusive perks.",
  ),
  ageGate: {
    ...refusal("LOGIN_REQUIRED", "Sign in to confirm your age", "This video may be inappropriate for some users."),
    desktopLegacyAgeGateReason: 1,
  },
  geoBlocked: refusal(
    "UNPLAYABLE",
    "Video unavailable",
    "The uploader has not made this video available in your country",
  ),
  removed: refusal("ERROR", "Video unavailable", "This video has been removed by the uploader"),
  copyright: refusal(
    "ERROR",
    "Video unavailable",
    "This video is no longer available due to a copyright claim by Sample Rights Ltd",
  ),
  terminated: refusal(
    "ERROR",
    "Video unavailable",
    "This video is no longer available because the YouTube account associated with this video has been terminated.",
  ),
  unavailable: refusal("ERROR", "This video is unavailable"),
  payment: refusal("UNPLAYABLE", "This video requires payment to watch."),
  loginNeeded: refusal("LOGIN_REQUIRED", "Please sign in"),
  // The site writes a typographic apostrophe here.
  botCheck: refusal(
    "LOGIN_REQUIRED",
    "Sign in to confirm you\u2019re not a bot",
    "This helps protect our community. Learn more",
  ),
  rateLimited: refusal("ERROR", "Video unavailable", "This content isn't available, try again later."),
  captcha: {
    status: "UNPLAYABLE",
    reason: "Video unavailable",
    errorScreen: { playerCaptchaViewModel: { shown: true } },
  },
  liveEnded: refusal("UNPLAYABLE", "This live stream recording is not available."),
} as const satisfies Record<string, Playability>;

/** A live stream or premiere that has not begun. */
export function notStarted(reason: string, startsAt: number): Playability {
  const offlineSlate = { liveStreamOfflineSlateRenderer: { scheduledStartTime: String(startsAt) } };
  return {
    status: "LIVE_STREAM_OFFLINE",
    reason,
    liveStreamability: { liveStreamabilityRenderer: { offlineSlate } },
  };
}

function refusal(status: string, reason: string, subreason?: string): Playability {
  if (subreason === undefined) return { status, reason };
  const screen = { reason: { simpleText: reason }, subreason: { simpleText: subreason } };
  return { status, reason, errorScreen: { playerErrorMessageRenderer: screen } };
}
