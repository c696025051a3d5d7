export * from "./answers.ts";
export { type Once, runOnce, type Written, writeOnce } from "./once.ts";
