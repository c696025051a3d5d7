import type { Batch } from "@vidferry/sdk";
import { batches, noteBatch } from "../jobs/batches.ts";
import { filter, noFilter, show } from "../jobs/job-list.ts";
import { t, tOr } from "../language/language.ts";
import { Shown, useLoaded } from "../parts/loaded.tsx";
import { attempt } from "../parts/notices.ts";
import { go } from "../route.ts";
import { base, vidferry } from "../service.ts";

const shown = 50;

/** Lists and channels, each as one card with its totals. */
export function Collections() {
  const loaded = useLoaded(async () => {
    const page = await vidferry.batches.list({ limit: shown });
    noteBatch(...page.data);
    return page.data.length;
  });
  return (
    <>
      <h1>{t("app.collections")}</h1>
      <Shown loaded={loaded}>
        {() => {
          const all = [...batches.value.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
          if (all.length === 0) return <p class="empty muted">{t("batch.empty")}</p>;
          return (
            <ul class="cards">
              {all.map((one) => (
                <Card key={one.id} batch={one} />
              ))}
            </ul>
          );
        }}
      </Shown>
    </>
  );
}

function Card({ batch }: { readonly batch: Batch }) {
  const { id, counts, state, progress, error } = batch;
  const name = batch.title ?? batch.source?.url ?? t("paste.many", { count: counts.total });
  const isOver = state === "finished" || state === "failed" || state === "canceled";
  const left = counts.scheduled + counts.queued + counts.paused + counts.running;
  return (
    <li class="card">
      <h2>
        <bdi>{name}</bdi>
      </h2>
      <p>
        <span class="badge">{tOr("state", state)}</span>{" "}
        <span class="muted">
          {t("batch.counts", { succeeded: counts.succeeded, failed: counts.failed, left })}
          {counts.skipped > 0 && ` · ${t("batch.skipped", { count: counts.skipped })}`}
        </span>
      </p>
      {!isOver && (
        <progress aria-label={name} max={100} {...(progress.percent === null ? {} : { value: progress.percent })} />
      )}
      {error !== null && <p class="problem">{`${error.detail} ${error.hint}`}</p>}
      <div class="line">
        <button
          type="button"
          onClick={() => {
            attempt(() => show({ ...noFilter, group: filter.peek().group, batchId: id }));
            go("/");
          }}
        >
          {t("batch.open")}
        </button>
        {counts.succeeded > 0 && (
          <a class="button" href={`${base}/api/v1/batches/${id}/archive`} download>
            {t("do.archive")}
          </a>
        )}
        {(counts.failed > 0 || state === "failed") && (
          <button type="button" onClick={() => attempt(async () => noteBatch(await vidferry.batches.retry(id)))}>
            {t("batch.retry")}
          </button>
        )}
        {!isOver && (
          <button type="button" onClick={() => attempt(async () => noteBatch(await vidferry.batches.cancel(id)))}>
            {t("do.cancel")}
          </button>
        )}
      </div>
    </li>
  );
}
