import type { Begun, Ended, OccurrenceKind, Occurrences, OperationKind, Operations } from "./operations.ts";
import type { Telemetry } from "./telemetry.ts";

/** One operation, as an observer watches it. */
export interface Observation<K extends OperationKind> {
  /** Calls `work` once, and gives back what it gives, so that it knows what begins inside. */
  within?<T>(work: () => T): T;
  /**
   * @param error what the work rejected with; undefined: it did not
   * @param traceparent the operation itself, as {@link Telemetry.traceparent} gave it inside; null: it is not traced
   */
  ended(facts: Ended<K>, error: unknown, traceparent: string | null): void;
}

/**
 * Makes something of what happens: measurements, log lines, traces. It must not wait. What it throws is reported and changes
 * nothing else.
 */
export interface Observer {
  /** Null: not interested. */
  begun?<K extends OperationKind>(kind: K, facts: Begun<K>): Observation<K> | null;
  happened?<K extends OccurrenceKind>(kind: K, facts: Occurrences[K]): void;
  /** See {@link Telemetry.traceparent}. */
  traceparent?(): string | null;
}

/**
 * A {@link Telemetry} that tells these observers.
 * @param onFault is called with what an observer throws
 */
export function createTelemetry(
  observers: readonly Observer[],
  onFault: (error: unknown) => void = () => undefined,
): Telemetry {
  const safely = <T>(call: () => T): T | null => {
    try {
      return call();
    } catch (error) {
      onFault(error);
      return null;
    }
  };
  const traceparent = (): string | null => {
    for (const observer of observers) {
      const found = safely(() => observer.traceparent?.()) ?? null;
      if (found !== null) return found;
    }
    return null;
  };
  return {
    during: async (kind, begun, work) => {
      const watches = observers.flatMap((observer) => safely(() => observer.begun?.(kind, begun)) ?? []);
      const noted: Partial<Operations[typeof kind]["noted"]> = {};
      let here: string | null = null;
      const end = (error: unknown): void => {
        const facts = { ...begun, ...noted };
        for (const watch of watches) safely(() => watch.ended(facts, error, here));
      };
      const whole = watches.reduceRight(
        (inner, watch) => () => runWithin(watch, inner, onFault),
        () => {
          here = traceparent();
          return work((facts) => void Object.assign(noted, facts));
        },
      );
      try {
        const result = await whole();
        end(undefined);
        return result;
      } catch (error) {
        end(error ?? new Error("the work rejected without a reason"));
        throw error;
      }
    },
    happened: (kind, facts) => {
      for (const observer of observers) safely(() => observer.happened?.(kind, facts));
    },
    traceparent,
  };
}

/** An observer that fails before it has begun the work does not prevent it. */
function runWithin<T>(
  { within }: Observation<never>,
  work: () => Promise<T>,
  onFault: (error: unknown) => void,
): Promise<T> {
  let running: Promise<T> | undefined;
  const once = (): Promise<T> => {
    running ??= work();
    return running;
  };
  if (within === undefined) return once();
  try {
    within(once);
  } catch (error) {
    onFault(error);
  }
  return once();
}
