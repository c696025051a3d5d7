import { notStarted, playabilities } from "./playability.ts";
import type { SampleChannel, SamplePlaylist, SampleVideo } from "./sample-video.ts";

const chapters = [
  { startSeconds: 0, title: "Opening" },
  { startSeconds: 4, title: "Middle" },
  { startSeconds: 8, title: "End" },
];
const light = [18, 160, 134, 136, 243, 140, 251];
/** Without a challenge, as the others have them: to solve one, yt-dlp starts a JavaScript runtime. */
const plain = { itags: light, challenge: "none" } as const;
const hourMs = 3_600_000;
const mebibyte = 1_048_576;

/** Seconds since the epoch of the start that `upcomingVid` and `premiereVid` announce: far enough not to come during a test. */
export const announcedStart = 4_102_444_800;

/** Videos that can be downloaded. */
export const goodVideos: readonly SampleVideo[] = [
  {
    id: "sampleVid01",
    title: "Sample video: a tour",
    description: "A sample with chapters, captions and a sponsor.",
    chapters,
    challenge: "signature",
    captions: [{ language: "en" }, { language: "fr" }, { language: "de" }, { language: "en", automatic: true }],
    sponsorSegments: [{ startSeconds: 5, endSeconds: 7, category: "sponsor" }],
    itags: [
      18, 160, 133, 134, 135, 136, 298, 137, 299, 278, 242, 243, 244, 247, 302, 303, 394, 396, 398, 399, 139, 140, 249,
      251,
    ],
  },
  { id: "everyFormat", title: "Every format, to 2160p and HDR", itags: "all" },
  {
    id: "dubbedVid01",
    title: "In three languages",
    itags: [18, 160, 134, 136, 243, 140, 251],
    audioTracks: [{ language: "de" }, { language: "en-US", isOriginal: true }, { language: "iw" }],
    drc: true,
  },
  {
    id: "fullLadder1",
    title: "The whole ladder, in three languages",
    itags: "ladder",
    audioTracks: [{ language: "de" }, { language: "en-US", isOriginal: true }, { language: "iw" }],
    drc: true,
  },
  { id: "upscaledVd1", title: "Small, and enlarged", itags: [160, 133, 134, 135, 140, 251], upscaled: [136, 299] },
  { id: "shortsVid01", title: "A short", clips: "portrait", itags: [18, 160, 134, 136, 137, 243, 140, 251] },
  {
    id: "longVideo01",
    title: "Three minutes",
    clips: "long",
    chapters: [
      { startSeconds: 0, title: "One" },
      { startSeconds: 60, title: "Two" },
      { startSeconds: 120, title: "Three" },
    ],
  },
  { id: "noAudioVid1", title: "Without sound", itags: [160, 134, 136, 243], challenge: "none" },
  { id: "audioOnly01", title: "Without picture", itags: [139, 140, 249, 251], challenge: "none" },
  { id: "muxedOnly01", title: "One file with both", itags: [18], challenge: "none" },
  { id: "noThumbnail", title: "Without thumbnail", ...plain, thumbnail: false },
  { id: "noCaptions1", title: "Without captions", ...plain, captions: [] },
  {
    id: "asrOnlyVid1",
    title: "Recognised captions only",
    ...plain,
    captions: [{ language: "en", automatic: true }],
  },
  { id: "emojiTitle1", title: "Smile 😀 & wave 👋🏽 — “quoted”", ...plain },
  { id: "slashTitle1", title: 'a/b\\c: what? <x> | "y" *z*', ...plain },
  { id: "dotsTitle01", title: "../../etc/passwd", ...plain },
  { id: "rtlTitle001", title: "invoice\u202Efdp.exe \u200Fשלום", ...plain },
  { id: "longTitle01", title: `${"Long title ".repeat(40)}`.slice(0, 400), ...plain },
  { id: "slowVideo01", title: "Slow to arrive", ...plain, mediaFaults: { bytesPerSecond: 60_000 } },
  { id: "bigVideo001", title: "Thirty megabytes", itags: [18, 134, 140], challenge: "none", mediaBytes: 30 * mebibyte },
  {
    id: "bigSlowVid1",
    title: "Thirty megabytes, slowly",
    itags: [18],
    challenge: "none",
    mediaBytes: 30 * mebibyte,
    mediaFaults: { bytesPerSecond: 4 * mebibyte },
  },
  {
    id: "caption4291",
    title: "French captions are limited",
    ...plain,
    captions: [{ language: "en" }, { language: "fr" }],
    captionFaults: { fr: { status: 429 } },
  },
  {
    id: "caption429b",
    title: "French captions are limited for a second",
    ...plain,
    captions: [{ language: "en" }, { language: "fr" }],
    captionFaults: { fr: { status: 429, retryAfterSeconds: 1, times: 1 } },
  },
];

/** Videos that YouTube refuses to play. */
export const refusedVideos: readonly SampleVideo[] = [
  { id: "privateVid1", playability: playabilities.private },
  { id: "membersVid1", playability: playabilities.members },
  { id: "ageGateVid1", playability: playabilities.ageGate },
  { id: "geoBlockVid", playability: playabilities.geoBlocked },
  { id: "removedVid1", playability: playabilities.removed },
  { id: "copyrightV1", playability: playabilities.copyright },
  { id: "terminated1", playability: playabilities.terminated },
  { id: "notExistVid", playability: playabilities.unavailable },
  { id: "paymentVid1", playability: playabilities.payment },
  { id: "loginNeeded", playability: playabilities.loginNeeded },
  { id: "botCheckVid", playability: playabilities.botCheck },
  { id: "rateLimited", playability: playabilities.rateLimited },
  { id: "captchaVid1", playability: playabilities.captcha },
  { id: "drmProtect1", drm: true },
  { id: "sabrOnlyVid", sabrOnly: true },
  { id: "liveEndedV1", live: "ended", playability: playabilities.liveEnded },
  { id: "liveNowVid1", title: "On air", live: "now", startsAt: Math.floor((Date.now() - hourMs) / 1000) },
  {
    id: "upcomingVid",
    title: "To come",
    live: "upcoming",
    startsAt: announcedStart,
    playability: notStarted("This live event will begin in 5 hours.", announcedStart),
  },
  {
    id: "premiereVid",
    title: "A premiere to come",
    live: "upcoming",
    startsAt: announcedStart,
    playability: notStarted("Premieres in 5 hours", announcedStart),
  },
];

/** Videos whose page or media fail by a fault of the network or the origin. `…one` and `…Once` work after the first request. */
export const faultyVideos: readonly SampleVideo[] = [
  { id: "watch429Vid", pageFaults: { status: 429, retryAfterSeconds: 60 } },
  { id: "watch503Vid", pageFaults: { status: 503 } },
  { id: "watch503one", ...plain, pageFaults: { status: 503, times: 1 } },
  { id: "media403Vid", itags: light, mediaFaults: { status: 403 } },
  // Both streams are refused once, and the one that yt-dlp tries again.
  { id: "media403one", itags: light, mediaFaults: { status: 403, times: 3 } },
  { id: "media503one", ...plain, mediaFaults: { status: 503, times: 1 } },
  { id: "cutMediaVid", ...plain, mediaFaults: { cutAfterBytes: 20_000 } },
  { id: "cutOnceVid1", ...plain, mediaFaults: { cutAfterBytes: 20_000, times: 1 } },
  { id: "stallVideo1", ...plain, mediaFaults: { stallAfterBytes: 20_000 } },
  { id: "stallOnceV1", ...plain, mediaFaults: { stallAfterBytes: 20_000, times: 1 } },
  { id: "redirectVid", ...plain, mediaFaults: { redirectTo: "http://127.0.0.1:9/private" } },
  { id: "truncateVid", itags: [18, 134, 140], challenge: "none", mediaShare: 0.4 },
  { id: "emptyMedia1", itags: [18, 134, 140], challenge: "none", mediaText: "" },
  {
    id: "disguisedV1",
    itags: [18],
    challenge: "none",
    mediaText:
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\nfile:///etc/hostname\n#EXTINF:10.0,\n/etc/passwd\n#EXT-X-ENDLIST\n",
  },
];

/** Ids of the 120 ordinary videos that `PLsampleLong0001` lists: `listItem001` to `listItem120`. */
export const longListIds: readonly string[] = Array.from(
  { length: 120 },
  (_, index) => `listItem${String(index + 1).padStart(3, "0")}`,
);

export const samplePlaylists: readonly SamplePlaylist[] = [
  {
    id: "PLsampleList0001",
    title: "Sample list",
    videoIds: ["sampleVid01", "privateVid1", "muxedOnly01", "shortsVid01"],
  },
  { id: "PLsampleLong0001", title: "A hundred and twenty", videoIds: longListIds },
  { id: "PLsampleEmpty001", title: "An empty list", videoIds: [] },
  { id: "PLsampleMissing1", title: "", videoIds: [], alert: "The playlist does not exist." },
];

export const sampleChannels: readonly SampleChannel[] = [
  {
    id: "UCsampleChannel000000000",
    handle: "@sample",
    title: "Sample Channel",
    videos: ["sampleVid01", "longVideo01", "emojiTitle1", "muxedOnly01"],
    shorts: ["shortsVid01"],
    streams: ["liveNowVid1"],
    playlists: ["PLsampleList0001", "PLsampleLong0001"],
  },
];
