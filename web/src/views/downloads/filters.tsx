import { useSignal, useSignalEffect } from "@preact/signals";
import type { DownloadCounts } from "@vidferry/sdk";
import { useRef } from "preact/hooks";
import type { JobFilter } from "../../jobs/job-filter.ts";
import { changes, filter, show } from "../../jobs/job-list.ts";
import { isSelecting, startSelecting, stopSelecting } from "../../jobs/selection.ts";
import { language, t } from "../../language/language.ts";
import { vidferry } from "../../service.ts";

/** How long typing rests before it is searched, and changes before they are counted, in milliseconds. */
const restMs = 300;
const countMs = 1_000;

/** Tabs by state, with counts, and the search. */
export function Filters() {
  const counts = useSignal<DownloadCounts | null>(null);
  useSignalEffect(() => {
    void changes.value;
    const timer = setTimeout(
      () =>
        vidferry.downloads.counts().then(
          (now) => (counts.value = now),
          () => undefined,
        ),
      countMs,
    );
    return () => clearTimeout(timer);
  });
  const apply = (over: Partial<JobFilter>): void => void show({ ...filter.value, ...over });
  const typed = useRef<{ timer?: ReturnType<typeof setTimeout>; changes: Partial<JobFilter> }>({ changes: {} });
  const later = (over: Partial<JobFilter>): void => {
    const { current } = typed;
    clearTimeout(current.timer);
    current.changes = { ...current.changes, ...over };
    current.timer = setTimeout(() => {
      apply(current.changes);
      current.changes = {};
    }, restMs);
  };
  const { group, label, since, text, batchId } = filter.value;
  return (
    <section class="filters" aria-label={t("list.search")}>
      <fieldset class="tabs">
        <legend class="unseen">{t("operator.state")}</legend>
        {(["all", "active", "done", "failed"] as const).map((one) => (
          <button key={one} type="button" aria-pressed={group === one} onClick={() => apply({ group: one })}>
            {t(`list.${one}`)} <span class="count">{countOf(counts.value, one)}</span>
          </button>
        ))}
      </fieldset>
      <input
        type="search"
        defaultValue={text}
        aria-label={t("list.search")}
        placeholder={t("list.searchHint")}
        onInput={(event) => later({ text: event.currentTarget.value })}
      />
      <details class="more-filters" open={label !== "" || since !== ""}>
        <summary>{t("list.filters")}</summary>
        <label>
          {t("list.label")}
          <input
            defaultValue={label}
            placeholder="project=x"
            onInput={(event) => later({ label: event.currentTarget.value.trim() })}
          />
        </label>
        <label>
          {t("list.since")}
          <input type="date" defaultValue={since} onInput={(event) => later({ since: event.currentTarget.value })} />
        </label>
      </details>
      <button
        type="button"
        aria-pressed={isSelecting.value}
        onClick={isSelecting.value ? stopSelecting : startSelecting}
      >
        {t("bulk.start")}
      </button>
      {batchId !== null && (
        <button type="button" onClick={() => apply({ batchId: null })}>
          {t("list.all")} ✕
        </button>
      )}
    </section>
  );
}

function countOf(counts: DownloadCounts | null, group: JobFilter["group"]): string {
  if (counts === null) return "";
  const { scheduled, queued, paused, running, succeeded, failed, canceled } = counts.states;
  const numbers = {
    all: counts.total,
    active: scheduled + queued + paused + running,
    done: succeeded,
    failed: failed + canceled,
  };
  return `${numbers[group].toLocaleString(language)}${counts.exact ? "" : "+"}`;
}
