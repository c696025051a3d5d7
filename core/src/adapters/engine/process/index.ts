export { createLineSplitter, maxLineLength } from "./lines.ts";
export { endOf, ranOutOfMemory } from "./out-of-memory.ts";
export { capture, type RunOptions, run } from "./run.ts";
export { searchPath, systemPath } from "./search-path.ts";
export {
  type ChildHandle,
  type ChildOutcome,
  type StopReason,
  type SupervisedChild,
  type SuperviseOptions,
  supervise,
} from "./supervise.ts";
export { type ChildLimits, withWatchdog } from "./watchdog.ts";
export { hostName, isWorkerGone, mayStillRun, nameWorker } from "./worker-name.ts";
