import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { filter, isComplete, isLoading, loadMore, noFilter, visible } from "../../jobs/job-list.ts";
import { t } from "../../language/language.ts";
import { attempt } from "../../parts/notices.ts";
import { JobRow } from "./job-row.tsx";

/** Rows above and below what is seen that are drawn too, so that scrolling shows no gaps. */
const spare = 8;
/** How near the end the next page is loaded, in rows. */
const near = 30;

/**
 * All jobs, of which only the rows in sight are drawn: the page scrolls over ten thousand as over ten. Rows are of one height,
 * which the style sheet says.
 */
export function JobList() {
  const list = useRef<HTMLUListElement>(null);
  const rowHeight = useSignal(88);
  const top = useSignal(0);
  const height = useSignal(innerHeight);
  const first = useComputed(() => Math.max(0, Math.floor(top.value / rowHeight.value) - spare));
  const last = useComputed(() => Math.ceil((top.value + height.value) / rowHeight.value) + spare);
  useEffect(() => {
    const measure = (): void => {
      if (list.current === null) return;
      rowHeight.value = Number.parseFloat(getComputedStyle(list.current).getPropertyValue("--row")) || 88;
      top.value = -list.current.getBoundingClientRect().top;
      height.value = innerHeight;
    };
    measure();
    const moved = (): void => {
      measure();
      if (last.value + near >= visible.peek().length) attempt(loadMore);
    };
    addEventListener("scroll", moved, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", moved);
      removeEventListener("resize", measure);
    };
  }, [rowHeight, top, height, last]);
  const ids = visible.value;
  const isFiltered = JSON.stringify(filter.value) !== JSON.stringify(noFilter);
  return (
    <section aria-label={t("list.title")}>
      {ids.length === 0 && (
        <p class="empty muted">
          {isLoading.value ? t("app.loading") : t(isFiltered ? "list.emptyFound" : "list.empty")}
        </p>
      )}
      <ul id="list" class="jobs" ref={list} style={{ height: `${ids.length * rowHeight.value}px` }}>
        {ids.slice(first.value, last.value).map((id, at) => (
          <JobRow
            key={id}
            id={id}
            place={first.value + at + 1}
            of={isComplete.value ? ids.length : -1}
            offset={(first.value + at) * rowHeight.value}
          />
        ))}
      </ul>
      {!isComplete.value && ids.length > 0 && (
        <button type="button" disabled={isLoading.value} onClick={() => attempt(loadMore)}>
          {t("app.more")}
        </button>
      )}
    </section>
  );
}
