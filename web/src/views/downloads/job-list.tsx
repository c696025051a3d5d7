import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { noFilter } from "../../jobs/job-filter.ts";
import { filter, isComplete, isLoading, listProblem, loadMore, visible } from "../../jobs/job-list.ts";
import { t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Failure } from "../../parts/failure.tsx";
import { JobRow } from "./job-row.tsx";
import { selectByKeys } from "./select-by-keys.ts";

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
  const rowHeight = useSignal(96);
  const top = useSignal(0);
  const height = useSignal(innerHeight);
  const first = useComputed(() => Math.max(0, Math.floor(top.value / rowHeight.value) - spare));
  const last = useComputed(() => Math.ceil((top.value + height.value) / rowHeight.value) + spare);
  useEffect(() => {
    const measure = (): void => {
      if (list.current === null) return;
      rowHeight.value = Number.parseFloat(getComputedStyle(list.current).getPropertyValue("--row")) || 96;
      top.value = -list.current.getBoundingClientRect().top;
      height.value = innerHeight;
    };
    measure();
    const moved = (): void => {
      measure();
      // After a page that failed, a person decides when it is tried again.
      if (last.value + near >= visible.peek().length && listProblem.peek() === null) void loadMore();
    };
    addEventListener("scroll", moved, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", moved);
      removeEventListener("resize", measure);
    };
  }, [rowHeight, top, height, last]);
  const ids = visible.value;
  return (
    <section aria-label={t("list.title")}>
      {ids.length === 0 && listProblem.value === null && <Nothing />}
      <ul
        id="list"
        class="jobs"
        ref={list}
        style={{ height: `${ids.length * rowHeight.value}px` }}
        onKeyDown={selectByKeys}
      >
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
      {listProblem.value !== null && <Failure problem={listProblem.value} onRetry={() => void loadMore()} />}
      {!isComplete.value && ids.length > 0 && listProblem.value === null && (
        <button type="button" disabled={isLoading.value} onClick={() => void loadMore()}>
          {t("app.more")}
        </button>
      )}
    </section>
  );
}

function Nothing() {
  if (isLoading.value) return <p class="loading muted">{t("app.loading")}</p>;
  const isFiltered = JSON.stringify(filter.value) !== JSON.stringify(noFilter);
  return <Empty text={t(isFiltered ? "list.emptyFound" : "list.empty")} />;
}
