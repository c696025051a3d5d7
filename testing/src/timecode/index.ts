export { captionFaults, type JudgeOptions, timecodeFaults, timelineFaults } from "./judge.ts";
export { readTimecode, type Timecode, type TimecodeSample } from "./read.ts";
export { pictureInput, soundInput, type TimecodeOptions, timecodeInputs } from "./source.ts";
