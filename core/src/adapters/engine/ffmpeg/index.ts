export { installWrappers, type Programs } from "./guarded-programs.ts";
export { type FfmpegTranscoderOptions, ffmpegTranscoder } from "./transcoder.ts";
