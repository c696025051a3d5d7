import type { Begun, OccurrenceKind, Occurrences, OperationKind, Operations } from "./operations.ts";

/** Adds facts to a running operation; a later value of the same name replaces an earlier one. */
export type Note<K extends OperationKind> = (facts: Partial<Operations[K]["noted"]>) => void;

/**
 * Where the service tells what it does, each thing at one place. Metrics, logs and traces are made from it by observers (see
 * {@link import("./observer.ts").createTelemetry}); what tells knows none of them. Never throws and never waits.
 */
export interface Telemetry {
  /**
   * Does work as an operation, and gives back what the work gave, or rejects as it did. What the work begins belongs to the
   * operation.
   */
  during<K extends OperationKind, T>(kind: K, begun: Begun<K>, work: (note: Note<K>) => Promise<T>): Promise<T>;
  /** Tells what has happened. */
  happened<K extends OccurrenceKind>(kind: K, facts: Occurrences[K]): void;
  /**
   * The operation that runs now, as the value of the header `traceparent` (W3C Trace Context), for what it causes elsewhere; null
   * where nothing is traced.
   */
  traceparent(): string | null;
}

/** Observes nothing. */
export const noTelemetry: Telemetry = {
  during: async (_kind, _begun, work) => await work(() => undefined),
  happened: () => undefined,
  traceparent: () => null,
};
