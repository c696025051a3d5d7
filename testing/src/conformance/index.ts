export { type BlobStoreSuite, type BlobStoreUnderTest, blobStoreConformance, bytesOf, streamOf } from "./blob-store.ts";
export { type ClockSuite, clockConformance } from "./clock.ts";
export {
  aMedia,
  anArtifact,
  anError,
  aResult,
  attemptOf,
  byWorker,
  created,
  must,
  newId,
  newJob,
  started,
} from "./database/fixture.ts";
export { type DatabaseFixture, type DatabaseSuite, databaseConformance } from "./database.ts";
export {
  type DownloaderFixture,
  type DownloaderSource,
  type DownloaderSuite,
  downloaderConformance,
} from "./downloader.ts";
export { type EventLogFixture, type EventLogSuite, eventLogConformance } from "./event-log.ts";
export { type HintQueueFixture, type HintQueueSuite, hintQueueConformance, newHint } from "./hint-queue.ts";
export { type IdGeneratorSuite, idGeneratorConformance } from "./id-generator.ts";
export { type LoggerFixture, type LoggerSuite, loggerConformance } from "./logger.ts";
export {
  type ProbeRelayFixture,
  type ProbeRelayLimits,
  type ProbeRelaySuite,
  playlistOf,
  probeRelayConformance,
} from "./probe-relay.ts";
export { jobOf, newJobId, progressOf } from "./sample-events.ts";
export { type SignalsFixture, type SignalsSuite, signalsConformance } from "./signals.ts";
export { type ObserverSuite, observerConformance, type TelemetrySuite, telemetryConformance } from "./telemetry.ts";
export type { Assertions, ExpectFunction, Matchers, SharingTestKit, TestFunction, TestKit } from "./test-kit.ts";
export {
  type GenuineMedia,
  type TranscoderFixture,
  type TranscoderSuite,
  transcoderConformance,
} from "./transcoder.ts";
export { type WorkFoldersSuite, type WorkFoldersUnderTest, workFoldersConformance } from "./work-folders.ts";
