import type { MediaOrigin, ResponseFaults } from "@vidferry/testing";

// Slow enough that every job runs for some time, whatever its size.
const usual: readonly (readonly [RegExp, ResponseFaults])[] = [
  [/^big\/\d{6}\.mp4$/, { bytesPerSecond: 500_000 }],
  [/^big\/\d{7,}\.mp4$/, { bytesPerSecond: 6_000_000 }],
];

/** Sets the faults of all files without faults of their own; null: the usual, slow source. */
export function setSourceState(origin: MediaOrigin, faults: ResponseFaults | null): void {
  for (const [pattern, speed] of usual) origin.setFaults(pattern, faults ?? speed);
}
