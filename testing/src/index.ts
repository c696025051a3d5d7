export { absenceOf } from "./absence.ts";
export { type BrowserPage, findBrowser, openPage, type PageOptions } from "./browser.ts";
export {
  type CaptionCue,
  type CaptionFormat,
  captionCues,
  captionDocument,
  spokenCues,
  spokenDocument,
} from "./captions.ts";
export { makeCertificates, type TestCertificates } from "./certificates.ts";
export { type ClipSet, clipSeconds } from "./clip-recipe.ts";
export { type Clips, type ClipsOptions, makeClips } from "./clips.ts";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { fewUnlessWhole, isWhole, onlyWhole } from "./extent.ts";
export { createFakeEngine, type FakeEngine, type FakeEngineSteps } from "./fake-engine.ts";
export { createFakeYtDlp, type FakeStep, type FakeYtDlpScript } from "./fake-yt-dlp.ts";
export { freePort } from "./free-port.ts";
export { ffprobe, runYtDlp } from "./genuine-yt-dlp.ts";
export { createHeldClock, type HeldClock } from "./held-clock.ts";
export type { ResponseFaults } from "./http/faults.ts";
export type { RequestLogEntry } from "./http/request-log.ts";
export { type LibreTranslateServer, startLibreTranslate } from "./libretranslate.ts";
export { type LiveBroadcast, type LiveBroadcastOptions, startLiveBroadcast } from "./live-broadcast.ts";
export { hasLocklessDisk, locklessDisk, lockRefusals } from "./lockless-disk.ts";
export { type MediaOrigin, type MediaOriginOptions, startMediaOrigin } from "./media-origin/index.ts";
export { newFileKey, storedKeys, storeFile, succeededJob } from "./orphan-scene.ts";
export { pitchOf } from "./pitch.ts";
export { programFile } from "./program-file.ts";
export { createRecordingLogger, type RecordingLogger } from "./recording-logger.ts";
export { findRuntime } from "./runtimes.ts";
export { sampleFile, sampleStream } from "./sample-media.ts";
export { createServiceFixture, roomyLimits, type ServiceFixture } from "./service-fixture.ts";
export { missingForSpeech, pocketSphinx, speak } from "./speech-to-text/pocketsphinx.ts";
export { type SpeechToTextServer, startSpeechToText, type VerboseJson } from "./speech-to-text/server.ts";
export { storeWith } from "./store-with.ts";
export { startTcpProxy, type TcpProxy, type TcpProxyTarget } from "./tcp-proxy.ts";
export { type TempDir, tempDir } from "./temp-dir.ts";
export { type BoundDownloader, fixedEgress, throughEgress, type Unleased } from "./through-egress.ts";
export {
  captionFaults,
  type JudgeOptions,
  pictureInput,
  readTimecode,
  soundInput,
  type Timecode,
  type TimecodeOptions,
  type TimecodeSample,
  timecodeFaults,
  timecodeInputs,
  timelineFaults,
} from "./timecode/index.ts";
export { findTools, type Tools } from "./tools.ts";
export type { Catalogue, CatalogueAdditions } from "./youtube-double/catalogue.ts";
export { playerPath } from "./youtube-double/challenges.ts";
export type { ProxyCredentials } from "./youtube-double/connect-proxy.ts";
export { startYouTubeDouble, type YouTubeDouble, type YouTubeDoubleOptions } from "./youtube-double/index.ts";
export { notStarted, type Playability, playabilities } from "./youtube-double/playability.ts";
export type {
  SampleAudioTrack,
  SampleCaptions,
  SampleChannel,
  SamplePlaylist,
  SampleSegment,
  SampleVideo,
} from "./youtube-double/sample-video.ts";
export { announcedStart } from "./youtube-double/sample-videos.ts";
