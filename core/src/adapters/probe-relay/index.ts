export { answerMs, askedMs, mostWaiting, type QuestionBoard } from "./board.ts";
export { createProbeRelay, type ProbeRelayOptions } from "./relay.ts";
