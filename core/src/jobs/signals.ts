import type { JobId } from "../runtime/ids.ts";
import type { LogLevel } from "../telemetry/logger.ts";

/** A message to all processes, so that they need not discover a change by polling the store. */
export type ControlSignal =
  /** The job was canceled, paused or deleted; the worker that runs it should ask the store at once. */
  | { readonly type: "stop"; readonly jobId: JobId }
  /** The owner of the job wants the recording of its live stream to end; the worker that runs it should ask the store at once. */
  | { readonly type: "finish"; readonly jobId: JobId }
  /** Workers of this host (null: all of them) drain: they take no more jobs, finish or requeue running attempts, and exit, as on SIGTERM. */
  | { readonly type: "drain"; readonly host: string | null }
  /** Every process logs this much from now on; null: as it was configured. */
  | { readonly type: "log-level"; readonly level: LogLevel | null };

/**
 * Carries signals between the processes of a service, to running attempts above all. Promised: a signal usually reaches
 * every process that listens, the sender's own included, within milliseconds.
 * Not promised: that any of them arrives. Nothing is kept for later listeners. The store has the same information, and those
 * who need it find it there (a running attempt with its next heartbeat).
 */
export interface Signals {
  /** Sends to all processes, at most once. Never rejects. */
  send(signal: ControlSignal): Promise<void>;
  /** Calls the listener, which must not throw, with what any process sends from about now on. Returns how to stop. */
  listen(listener: (signal: ControlSignal) => void): () => void;
  /** Ends listening and frees the connections. */
  close(): Promise<void>;
}
