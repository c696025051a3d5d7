import type { JobId } from "../runtime/ids.ts";

/** What a process tells the others at once, so that they need not find it out from the store. */
export type ControlSignal =
  /** The job was canceled, paused or deleted; whoever runs it should ask the store at once. */
  | { readonly type: "stop"; readonly jobId: JobId }
  /** Workers of this host (null: all of them) take no more jobs, finish or hand back what runs, and end: as on SIGTERM. */
  | { readonly type: "drain"; readonly host: string | null };

/**
 * Carries signals between the processes of a service, to running attempts above all. Promised: a signal usually reaches
 * every process that listens, the sender's own included, within milliseconds.
 * Not promised: that any of them arrives. Nothing is kept for those who listen later; what a signal says stands in the store
 * as well, and whoever must know finds it there (a running attempt with its next heartbeat).
 */
export interface Signals {
  /** Sends to all processes, at most once. Never rejects. */
  send(signal: ControlSignal): Promise<void>;
  /** Calls the listener, which must not throw, with what any process sends from about now on. Returns how to stop. */
  listen(listener: (signal: ControlSignal) => void): () => void;
  /** Ends listening and frees the connections. */
  close(): Promise<void>;
}
