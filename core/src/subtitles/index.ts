export type { Cue } from "./cue.ts";
export { joinPieces } from "./join-pieces.ts";
export { toJson } from "./json.ts";
export { toMarkdown } from "./markdown.ts";
export { plainText } from "./plain-text.ts";
export { withoutRollingLines } from "./rolling.ts";
export { toSrt } from "./srt.ts";
export { toText } from "./text.ts";
export { toVtt } from "./vtt.ts";
