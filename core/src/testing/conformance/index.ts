export { type BlobStoreSuite, type BlobStoreUnderTest, blobStoreConformance } from "./blob-store.ts";
export { type ClockSuite, clockConformance } from "./clock.ts";
export {
  type DownloaderFixture,
  type DownloaderSource,
  type DownloaderSuite,
  downloaderConformance,
} from "./downloader.ts";
export { type EventLogFixture, type EventLogSuite, eventLogConformance } from "./event-log.ts";
export { type HintQueueFixture, type HintQueueSuite, hintQueueConformance, newHint } from "./hint-queue.ts";
export { type IdGeneratorSuite, idGeneratorConformance } from "./id-generator.ts";
export { type JobStoreFixture, type JobStoreSuite, jobStoreConformance } from "./job-store.ts";
export { keyStoreConformance } from "./key-store.ts";
export { type LoggerFixture, type LoggerSuite, loggerConformance } from "./logger.ts";
export {
  type ProbeRelayFixture,
  type ProbeRelayLimits,
  type ProbeRelaySuite,
  probeRelayConformance,
} from "./probe-relay.ts";
export { type SignalsFixture, type SignalsSuite, signalsConformance } from "./signals.ts";
export { type TelemetryReader, type TelemetrySuite, telemetryConformance } from "./telemetry.ts";
export type { SharingTestKit, TestKit } from "./test-kit.ts";
export {
  type GenuineMedia,
  type TranscoderFixture,
  type TranscoderSuite,
  transcoderConformance,
} from "./transcoder.ts";
export { type WorkFoldersSuite, type WorkFoldersUnderTest, workFoldersConformance } from "./work-folders.ts";
