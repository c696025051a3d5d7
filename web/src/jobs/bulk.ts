import type { BulkOutcome, DownloadFilter } from "@vidferry/sdk";
import { t } from "../language/language.ts";
import { ask } from "../parts/ask.tsx";
import { notify } from "../parts/notices.ts";
import { vidferry } from "../service.ts";
import { type BulkAction, narrowed } from "./bulk-actions.ts";
import { forget } from "./job-list.ts";

/** Ids that the service takes at once. */
const atOnce = 1_000;

/** Does it to these jobs, and says what became of them. Their new states come over the stream. */
export async function bulk(action: BulkAction, ids: readonly string[]): Promise<void> {
  const tally = createTally();
  for (let at = 0; at < ids.length; at += atOnce) {
    const { data } = await vidferry.downloads.bulk({ action, ids: ids.slice(at, at + atOnce) });
    for (const outcome of data) tally.add(outcome);
  }
  tally.tell();
}

/** Does it to all jobs of a filter, however many, if the person says yes to their number. */
export async function bulkFiltered(action: BulkAction, filter: DownloadFilter): Promise<void> {
  const meant = narrowed(action, filter);
  if (meant === null) return void notify(t("bulk.nothing"));
  const { total, exact } = await vidferry.downloads.counts(meant);
  if (total === 0) return void notify(t("bulk.nothing"));
  const verb = t(`bulk.${action}`);
  const isSure = await ask(t(exact ? "bulk.ask" : "bulk.askMore", { verb, count: total }), verb);
  if (!isSure) return;
  const tally = createTally();
  for await (const outcome of vidferry.downloads.bulkAll({ action, filter: meant })) {
    tally.add(outcome);
    if (action === "delete" && outcome.error === null) forget(outcome.id);
  }
  tally.tell();
}

/** Counts what became of jobs, and says it once. */
function createTally() {
  let done = 0;
  let firstRefusal: string | null = null;
  let refused = 0;
  return {
    add({ error }: BulkOutcome): void {
      if (error === null) done += 1;
      else {
        refused += 1;
        firstRefusal ??= error.detail;
      }
    },
    tell(): void {
      notify(t("bulk.done", { count: done }));
      if (firstRefusal !== null) notify(t("bulk.refused", { count: refused, detail: firstRefusal }), { isError: true });
    },
  };
}
