import { useSignal } from "@preact/signals";
import type { DownloadJob } from "@vidferry/sdk";
import { bulk, bulkFiltered } from "../../jobs/bulk.ts";
import { type BulkAction, fitFor } from "../../jobs/bulk-actions.ts";
import { queryOf } from "../../jobs/job-filter.ts";
import { filter, isComplete, jobSignal, visible } from "../../jobs/job-list.ts";
import { remove } from "../../jobs/removal.ts";
import { isSelecting, selected, selectListed, selectNone, stopSelecting } from "../../jobs/selection.ts";
import { t } from "../../language/language.ts";
import { attempt } from "../../parts/notices.ts";

const actions: readonly BulkAction[] = ["retry", "pause", "resume", "cancel", "delete"];

/** What is done to the selected jobs, or to all that match the filter, also those that are not loaded. */
export function BulkBar() {
  const isBusy = useSignal(false);
  if (!isSelecting.value) return null;
  const ids = selected.value;
  const jobs = ids.map((id) => jobSignal(id)?.value).filter((job): job is DownloadJob => job !== undefined);
  const run = (work: () => Promise<void>): void => {
    isBusy.value = true;
    attempt(() => work().finally(() => (isBusy.value = false)));
  };
  const doTo = (action: BulkAction): void => {
    const meant = fitFor(action, jobs);
    if (action === "delete") {
      remove(...meant);
      selectNone();
    } else
      run(() =>
        bulk(
          action,
          meant.map(({ id }) => id),
        ),
      );
  };
  return (
    <section class="bulk card" aria-label={t("bulk.title")}>
      <div class="line">
        <strong aria-live="polite">{t("bulk.selected", { count: ids.length })}</strong>
        <button type="button" onClick={selectListed}>
          {t("bulk.listed", { count: visible.value.length })}
        </button>
        <button type="button" disabled={ids.length === 0} onClick={selectNone}>
          {t("bulk.none")}
        </button>
        <button type="button" class="quiet" onClick={stopSelecting}>
          {t("bulk.end")}
        </button>
      </div>
      <div class="line">
        {actions.map((action) => {
          const count = fitFor(action, jobs).length;
          return (
            <button
              key={action}
              type="button"
              class={action === "delete" ? "danger" : undefined}
              disabled={count === 0 || isBusy.value}
              onClick={() => doTo(action)}
            >
              {t(`bulk.${action}`)} <span class="count">{count === 0 ? "" : count}</span>
            </button>
          );
        })}
        {!isComplete.value && (
          <details class="menu">
            <summary>{t("bulk.matching")}</summary>
            <div class="line">
              {actions.map((action) => (
                <button
                  key={action}
                  type="button"
                  disabled={isBusy.value}
                  onClick={() => run(() => bulkFiltered(action, queryOf(filter.value)))}
                >
                  {t(`bulk.${action}`)}
                </button>
              ))}
            </div>
          </details>
        )}
      </div>
      <p class="keys muted small">{t("bulk.keys")}</p>
    </section>
  );
}
