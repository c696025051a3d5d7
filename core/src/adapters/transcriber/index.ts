export { type CheckedTranscriber, openAiTranscriber, type TranscriberOptions } from "./transcriber.ts";
