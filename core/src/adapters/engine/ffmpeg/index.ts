export { installGuard, type Programs } from "./guard.ts";
export { type FfmpegTranscoderOptions, ffmpegTranscoder } from "./transcoder.ts";
