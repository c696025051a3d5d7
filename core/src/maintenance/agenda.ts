/** Kinds of work that wait in the store until somebody looks for them. */
export const chores = [
  "lost-workers",
  "due-jobs",
  "due-schedules",
  "unoffered-jobs",
  "joined-jobs",
  "expired-results",
  "blob-deletions",
  "statistics",
  "webhook-deliveries",
  "batches-to-expand",
  "batches-over",
  "queued-jobs",
  "queued-alone",
] as const;

export type Chore = (typeof chores)[number];

/**
 * What there is to do, in one question: most of the time nothing is, and who looks for each kind of work by itself asks a dozen
 * questions to learn that. Promised: a kind of which there is work is named. Not promised: that there is work of each that is
 * named; who does it looks anyway, and decides by conditional writes.
 */
export interface Agenda {
  /** @param offerAfterMs a queued job that nobody claimed for this long is to be offered again */
  due(offerAfterMs: number): Promise<ReadonlySet<Chore>>;
}
