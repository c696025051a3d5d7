import type { LogFields, Logger } from "./logger.ts";
import type { Observation, Observer } from "./observer.ts";
import type { AttemptOutcome, Ended, Occurrences, OperationKind } from "./operations.ts";

type Level = "debug" | "info" | "warn" | "error";

/** How the end of an attempt is told. What only repeats the line of its job is for those who look closer. */
const attemptLines: Readonly<Record<AttemptOutcome, readonly [Level, string]>> = {
  succeeded: ["debug", "attempt succeeded"],
  failed: ["warn", "attempt failed"],
  retried: ["warn", "attempt failed"],
  joined: ["debug", "attempt left to another job that makes the same"],
  handed_back: ["debug", "attempt handed back"],
  deferred: ["debug", "attempt waits for an egress"],
  superseded: ["debug", "attempt superseded"],
  unrecorded: ["error", "an attempt ended without being recorded"],
};

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/**
 * One line for each request, for each change of a job's state and for each failure of an attempt. What else is worth a line is
 * logged where it happens.
 * @param now milliseconds, for durations
 */
export function createLogObserver(logger: Logger, now: () => number): Observer {
  const ends: {
    readonly [K in OperationKind]?: (
      facts: Ended<K>,
      seconds: number,
      error: unknown,
      traceId: string | undefined,
    ) => void;
  } = {
    request: (
      { method, requestId, route = "unmatched", status, routine = false, client, keyId },
      seconds,
      _error,
      traceId,
    ) => {
      logger[routine ? "debug" : "info"]("request", {
        ...{ requestId, method, route, status, ms: Math.round(seconds * 1000) },
        ...{ client: client ?? undefined, keyId: keyId ?? undefined, traceId },
      });
    },
    attempt: (facts, seconds, error, traceId) => {
      const {
        jobId,
        attempt,
        requestId,
        outcome = "unrecorded",
        code,
        detail,
        cause,
        retryInSeconds,
        files,
        ytDlp,
      } = facts;
      const [level, message] = attemptLines[outcome];
      logger[level](message, {
        ...{ jobId, attempt, requestId: requestId ?? undefined, outcome, code, detail, retryInSeconds, files, ytDlp },
        ...{ seconds: rounded(seconds), cause, error, traceId },
      });
    },
  };
  const moved = ({ state, code, requestId, ranSeconds, ...ids }: Occurrences["job-moved"]): void => {
    const found = { requestId: requestId ?? undefined, code: code ?? undefined, ranSeconds: ranSeconds ?? undefined };
    logger.info(`job ${state}`, { ...ids, ...found });
  };
  // What it made has lines of its own.
  const scheduleRan = ({ scheduleId, refusal }: Occurrences["schedule-ran"]): void => {
    if (refusal !== null) logger.warn("a schedule's run was refused", { scheduleId, ...refusal });
  };
  const batchExpanded = ({ batchId, refusal }: Occurrences["batch-expanded"]): void => {
    if (refusal !== null) logger.warn("the list of a batch was given up", { batchId, ...refusal });
  };
  return {
    begun: <K extends OperationKind>(kind: K): Observation<K> | null => {
      const end = ends[kind];
      if (end === undefined) return null;
      const began = now();
      return {
        ended: (facts, error, traceparent) => end(facts, (now() - began) / 1000, error, traceparent?.split("-")[1]),
      };
    },
    happened: (kind, facts) => {
      if (kind === "job-moved") moved(facts as Occurrences["job-moved"]);
      if (kind === "worker-lost") logger.warn("a worker was lost", facts as LogFields);
      if (kind === "schedule-ran") scheduleRan(facts as Occurrences["schedule-ran"]);
      if (kind === "batch-expanded") batchExpanded(facts as Occurrences["batch-expanded"]);
    },
  };
}
