import type { ErrorCode } from "../errors/codes.ts";
import type { JobStage, JobState } from "../jobs/states.ts";

/*
 * What can be observed of the service. Facts are few, small and without secrets: no link, no title, no name of a person, no
 * header, nothing that a client wrote.
 */

/** How an attempt ended, as its worker sees it. */
export type AttemptOutcome =
  | "succeeded"
  /** The job failed with it. */
  | "failed"
  /** It failed, and another one follows. */
  | "retried"
  /** Its process shuts down; another attempt follows. */
  | "handed_back"
  /** Another job makes the same; its own waits for that. */
  | "joined"
  /** No egress was free for it; another one follows. */
  | "deferred"
  /** The job was canceled, paused or deleted, or another attempt has taken over. */
  | "superseded"
  /** Its end could not be written; maintenance will find the job. */
  | "unrecorded";

/**
 * Everything that begins and ends. `begun` is known when it begins, `noted` is found out on the way: what is missing there was
 * not reached.
 */
export interface Operations {
  /** A request to the API, until the head of its answer is ready. */
  readonly request: {
    readonly begun: {
      readonly method: string;
      readonly requestId: string;
      /** The header of a caller whose trace it belongs to. */
      readonly traceparent: string | null;
      /** That of any other caller, who decides neither the ids nor whether it is sampled. */
      readonly linkedTraceparent: string | null;
    };
    readonly noted: {
      /** The pattern of the path; `unmatched` where there is none. */
      readonly route: string;
      readonly status: number;
      /** It is asked again and again by machines, as health and metrics are. */
      readonly routine: boolean;
      /** Address of the client. */
      readonly client: string | null;
      readonly keyId: string | null;
    };
  };
  /** An open event stream or WebSocket. */
  readonly stream: {
    readonly begun: { readonly transport: "sse" | "websocket"; readonly requestId: string };
    readonly noted: object;
  };
  /** A worker asks the store for jobs. */
  readonly claim: {
    readonly begun: { readonly most: number };
    readonly noted: { readonly jobs: number };
  };
  /** One try of a job, from its claim to its written end. */
  readonly attempt: {
    readonly begun: {
      readonly jobId: string;
      readonly attempt: number;
      readonly requestId: string | null;
      /** Of the operation that made the job; null: it was not traced. */
      readonly traceparent: string | null;
      /** How long the job was due before its first attempt; null for later ones. */
      readonly waitedSeconds: number | null;
    };
    readonly noted: {
      readonly outcome: AttemptOutcome;
      /** Why it failed. */
      readonly code: ErrorCode;
      readonly detail: string;
      readonly cause: unknown;
      /** When the next one may begin, from now. */
      readonly retryInSeconds: number;
      /** Files that it stored. */
      readonly files: number;
      /** The version of yt-dlp that it ran with. */
      readonly ytDlp: string;
    };
  };
  /** A step of an attempt. */
  readonly step: {
    readonly begun: { readonly step: string; readonly stage: JobStage };
    readonly noted: {
      /** An earlier attempt on this host had done it. */
      readonly kept: boolean;
      /** It failed, and the attempt goes on without its output. */
      readonly skipped: boolean;
    };
  };
  /** A run of another program. */
  readonly child: {
    readonly begun: { readonly program: string };
    readonly noted: {
      readonly exitCode: number | null;
      readonly signal: string | null;
      /** Why we stopped it; null: it ended by itself. */
      readonly stoppedBy: string | null;
    };
  };
  /** One run of a maintenance task. */
  readonly task: {
    readonly begun: { readonly task: string };
    readonly noted: object;
  };
  /** One try to deliver a webhook. */
  readonly delivery: {
    readonly begun: {
      readonly deliveryId: string;
      readonly webhookId: string | null;
      /** Of the operation that made the job; null: it was not traced. */
      readonly traceparent: string | null;
    };
    readonly noted: {
      readonly outcome: "delivered" | "retry" | "failed" | "interrupted";
      /** What the receiver answered; null: nothing. */
      readonly status: number | null;
    };
  };
}

/** Everything that merely happens. */
export interface Occurrences {
  /** A job was accepted, or its state has changed. */
  readonly "job-moved": {
    readonly jobId: string;
    readonly state: JobState;
    readonly attempt: number;
    readonly requestId: string | null;
    /** Of a job that failed. */
    readonly code: ErrorCode | null;
    /** Of a job that is over: how long it ran, pauses between attempts included; null when it never did. */
    readonly ranSeconds: number | null;
  };
  /** An attempt has left a stage. */
  readonly "stage-left": { readonly stage: JobStage; readonly seconds: number };
  /** Bytes came from a source. */
  readonly "bytes-downloaded": { readonly bytes: number };
  /** It was looked at a link: the source was asked, or was being asked for somebody else, or its answer was kept. */
  readonly "link-looked-at": { readonly purpose: "attempt" | "probe"; readonly how: "asked" | "joined" | "kept" };
  /** A job got the result of another one: a kept one, or one that it had waited for. */
  readonly "job-reused": { readonly jobId: string; readonly how: "kept" | "joined" };
  /** An attempt found that its job is no longer its own when it wrote its end. */
  readonly "write-fenced": { readonly jobId: string; readonly attempt: number };
  /** A worker was lost with a job. */
  readonly "worker-lost": { readonly jobId: string; readonly attempt: number; readonly state: JobState };
  /** A schedule was due: its run made something, or was refused. */
  readonly "schedule-ran": {
    readonly scheduleId: string;
    readonly outcome: "made" | "refused";
    /** What refused the run. */
    readonly refusal: { readonly code: ErrorCode; readonly detail: string } | null;
    /** How long after its time. */
    readonly lateSeconds: number;
  };
  /** A batch was read to its end and has all its jobs, or its list was given up. */
  readonly "batch-expanded": {
    readonly batchId: string;
    readonly outcome: "whole" | "failed";
    /** Why it was given up. */
    readonly refusal: { readonly code: ErrorCode; readonly detail: string } | null;
  };
  /** Runs of a version of yt-dlp have ended, as far as it is to blame or to praise. */
  readonly "engine-ran": { readonly version: string; readonly outcome: "succeeded" | "failed"; readonly runs: number };
  /** A source turned an egress away. */
  readonly "egress-refused": { readonly egress: string; readonly purpose: string; readonly code: ErrorCode };
}

export type OperationKind = keyof Operations;
export type OccurrenceKind = keyof Occurrences;

/** What is known of an operation when it begins. */
export type Begun<K extends OperationKind> = Operations[K]["begun"];
/** What is known of an operation when it has ended. */
export type Ended<K extends OperationKind> = Operations[K]["begun"] & Partial<Operations[K]["noted"]>;
