import { createTelemetry } from "../../telemetry/observer.ts";
import type { Ended, OccurrenceKind, Occurrences, OperationKind } from "../../telemetry/operations.ts";
import type { Telemetry } from "../../telemetry/telemetry.ts";

/** A {@link Telemetry} that can be read back. */
export interface MemoryTelemetry extends Telemetry {
  /** Operations of this kind that have ended, in that order. */
  ended<K extends OperationKind>(kind: K): readonly Ended<K>[];
  /** How many operations of this kind run now. */
  running(kind: OperationKind): number;
  /** What of this kind has happened. */
  told<K extends OccurrenceKind>(kind: K): readonly Occurrences[K][];
}

/** Keeps all that it is told. Made for tests. */
export function createMemoryTelemetry(): MemoryTelemetry {
  const ended: { readonly kind: OperationKind; readonly facts: object }[] = [];
  const happened: { readonly kind: OccurrenceKind; readonly facts: object }[] = [];
  const running = new Map<OperationKind, number>();
  const change = (kind: OperationKind, by: number): void => void running.set(kind, (running.get(kind) ?? 0) + by);
  const telemetry = createTelemetry([
    {
      begun: (kind) => {
        change(kind, 1);
        return {
          ended: (facts) => {
            change(kind, -1);
            ended.push({ kind, facts });
          },
        };
      },
      happened: (kind, facts) => void happened.push({ kind, facts }),
    },
  ]);
  const ofKind = <T>(all: readonly { readonly kind: string; readonly facts: object }[], wanted: string): T[] =>
    all.filter(({ kind }) => kind === wanted).map(({ facts }) => facts as T);
  return {
    ...telemetry,
    ended: (kind) => ofKind(ended, kind),
    running: (kind) => running.get(kind) ?? 0,
    told: (kind) => ofKind(happened, kind),
  };
}
