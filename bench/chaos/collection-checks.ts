import type { PlannedBatch } from "./collections.ts";
import type { FinalJob } from "./history.ts";
import type { FinalBatch } from "./many-history.ts";
import { type Finding, finding } from "./verdict.ts";

/** A batch that an API has accepted. */
export interface AcceptedBatch {
  readonly id: string;
  readonly planned: PlannedBatch;
}

/** What must hold of the batches that were asked for, and of the jobs that they made. */
export function checkCollections(seen: {
  readonly accepted: readonly AcceptedBatch[];
  readonly batches: readonly FinalBatch[];
  readonly jobs: readonly FinalJob[];
  /** Ids of batches whose end came to their owner. */
  readonly told: readonly string[];
  readonly pages: number;
  readonly failedPages: number;
}): Finding[] {
  const { accepted, batches, jobs } = seen;
  const byId = new Map(batches.map((batch) => [batch.id, batch]));
  const children = Map.groupBy(
    jobs.filter(({ batch }) => batch !== null),
    ({ batch }) => batch,
  );
  const wrong = accepted.flatMap(({ id, planned }) => {
    const links = Map.groupBy(children.get(id) ?? [], ({ url }) => url);
    const isCanceled = byId.get(id)?.state === "canceled";
    const twice = [...links].filter(([, made]) => made.length > 1).map(([url, made]) => `${made.length} of ${url}`);
    const missing = isCanceled ? [] : planned.wanted.filter((url) => !links.has(url)).map((url) => `none of ${url}`);
    const known = new Set([...planned.wanted, ...planned.tolerated]);
    const odd = [...links.keys()].filter((url) => !known.has(url)).map((url) => `one of ${url}, which is not wanted`);
    return [...twice, ...missing, ...odd].map((what) => `${planned.key} (${planned.kind}, ${id}): ${what}`);
  });
  const asked = batches.filter(({ schedule }) => schedule === null);
  const finished = batches.filter(({ state }) => state === "finished");
  const times = (id: string) => seen.told.filter((one) => one === id).length;
  return [
    finding(
      "every entry of every collection has exactly one child",
      wrong,
      `${accepted.reduce((sum, { planned }) => sum + planned.wanted.length, 0)} entries of ${accepted.length} batches; ${seen.pages} pages of lists read, ${seen.failedPages} failed`,
    ),
    finding(
      "every batch has ended as it should, and a request that was sent again made no second one",
      [
        ...(asked.length === accepted.length ? [] : [`${asked.length} rows of ${accepted.length} accepted batches`]),
        ...accepted.flatMap(({ id, planned }) => {
          const state = byId.get(id)?.state;
          const isRight = state === "finished" || (planned.cancelAfterMs !== null && state === "canceled");
          return isRight ? [] : [`${planned.key} (${planned.kind}, ${id}) is ${state}: ${byId.get(id)?.error}`];
        }),
      ],
      `${batches.length} batches, ${finished.length} finished`,
    ),
    finding(
      "every batch that finished has told its owner",
      finished.filter(({ id }) => times(id) === 0).map(({ id }) => `${id} has told nobody`),
      `${finished.length} finished, ${seen.told.length} messages`,
    ),
  ];
}
