export { openAiTranscriber, type TranscriberOptions } from "./transcriber.ts";
