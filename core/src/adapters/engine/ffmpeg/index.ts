export { type FfmpegTranscoderOptions, ffmpegTranscoder } from "./transcoder.ts";
export { installWrappers, type Programs } from "./wrappers.ts";
