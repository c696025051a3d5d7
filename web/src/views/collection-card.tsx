import { type Batch, isBatchOver } from "@vidferry/sdk";
import { formatBytes } from "../format/bytes.ts";
import { noteBatch } from "../jobs/batches.ts";
import { noFilter } from "../jobs/job-filter.ts";
import { filter, show } from "../jobs/job-list.ts";
import { t, tOr } from "../language/language.ts";
import { ask } from "../parts/ask.tsx";
import { Folded } from "../parts/folded.tsx";
import { Shown, useLoaded } from "../parts/loaded.tsx";
import { attempt } from "../parts/notices.ts";
import { go } from "../route.ts";
import { base, vidferry } from "../service.ts";

/** A list or a channel as one card: how far all of it is, and what can be done to all of it. */
export function CollectionCard({ batch }: { readonly batch: Batch }) {
  const { id, counts, state, progress, error } = batch;
  const name = batch.title ?? batch.source?.url ?? t("paste.many", { count: counts.total });
  const isOver = isBatchOver(state);
  const left = counts.scheduled + counts.queued + counts.paused + counts.running;
  const remove = (): void =>
    attempt(async () => {
      if (!(await ask(t("batch.ask", { name, count: counts.total }), t("do.delete")))) return;
      await vidferry.batches.remove(id);
      noteBatch({ ...batch, deletedAt: new Date().toISOString() });
    });
  return (
    <li class={`card ${state}`}>
      <h2>
        <bdi>{name}</bdi>
      </h2>
      <p>
        <span class="badge">{tOr("state", state)}</span>{" "}
        <span class="muted">
          {t("batch.counts", { succeeded: counts.succeeded, failed: counts.failed, left })}
          {progress.downloadedBytes !== null && progress.downloadedBytes > 0
            ? ` · ${formatBytes(progress.downloadedBytes)}`
            : ""}
        </span>
      </p>
      {!isOver && (
        <progress aria-label={name} max={100} {...(progress.percent === null ? {} : { value: progress.percent })} />
      )}
      {error !== null && <p class="problem">{`${error.detail} ${error.hint}`}</p>}
      {counts.skipped > 0 && (
        <Folded summary={t("batch.skipped", { count: counts.skipped })}>
          <Skipped id={id} />
        </Folded>
      )}
      <div class="line">
        <button
          type="button"
          onClick={() => {
            void show({ ...noFilter, group: filter.peek().group, batchId: id });
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
        <button type="button" onClick={remove}>
          {t("do.delete")}
        </button>
      </div>
    </li>
  );
}

const shown = 100;

/** Entries of which no download was made, and why. */
function Skipped({ id }: { readonly id: string }) {
  const loaded = useLoaded(async () => await vidferry.batches.skipped(id).toArray({ limit: shown }));
  return (
    <Shown loaded={loaded}>
      {(entries) => (
        <ul class="small">
          {entries.map(({ url, title, detail }) => (
            <li key={url}>
              <bdi>{title ?? url}</bdi> <span class="muted">{detail}</span>
            </li>
          ))}
        </ul>
      )}
    </Shown>
  );
}
