import type { Artifact, DownloadJob } from "@vidferry/sdk";
import { formatBytes } from "../../format/bytes.ts";
import { formatLength, formatWhen } from "../../format/time.ts";
import { fileAddress, move, titleOf } from "../../jobs/actions.ts";
import { jobSignal } from "../../jobs/job-list.ts";
import { remove } from "../../jobs/removal.ts";
import { isSelected, isSelecting, toggle } from "../../jobs/selection.ts";
import { t, tOr } from "../../language/language.ts";
import { Thumbnail } from "../../parts/thumbnail.tsx";
import { hrefOf } from "../../route.ts";
import { Remedies } from "./remedies.tsx";

interface RowProps {
  readonly id: string;
  readonly place: number;
  /** How many rows there are; -1: not known. */
  readonly of: number;
  readonly offset: number;
}

/** One job. Only this row is drawn anew when the job changes. */
export function JobRow({ id, place, of, offset }: RowProps) {
  const job = jobSignal(id)?.value;
  if (job === undefined) return null;
  const title = titleOf(job);
  const { percent } = job.progress;
  return (
    <li
      class={`job ${job.state}${isSelecting.value ? " picking" : ""}`}
      aria-posinset={place}
      aria-setsize={of}
      style={{ transform: `translateY(${offset}px)` }}
    >
      {isSelecting.value && (
        <label class="pick">
          <input
            type="checkbox"
            aria-label={t("bulk.pick", { title })}
            checked={isSelected(id)}
            onClick={(event) => toggle(id, event.shiftKey)}
          />
        </label>
      )}
      <Thumbnail address={job.media?.thumbnailUrl ?? null} />
      <div class="what">
        <a class="title" href={hrefOf(`/downloads/${id}`)} title={title}>
          <bdi>{title}</bdi>
        </a>
        <p class="state">
          <span class="badge">{stateOf(job)}</span> <span class="muted">{detailOf(job)}</span>
        </p>
        {job.state === "running" && (
          <progress
            aria-label={title}
            max={100}
            {...(percent === null ? {} : { value: percent, "aria-valuetext": `${Math.round(percent)} %` })}
          />
        )}
        {job.state === "failed" && job.error !== null && (
          <p class="problem" title={`${job.error.code}: ${job.error.hint}`}>
            {job.error.detail}
          </p>
        )}
      </div>
      <div class="actions">
        <Remedies job={job} />
        <Moves job={job} />
      </div>
    </li>
  );
}

function Moves({ job }: { readonly job: DownloadJob }) {
  const main = mainArtifact(job);
  const { state } = job;
  const button = (kind: "pause" | "resume" | "cancel", sign: string) => (
    <button
      type="button"
      class="quiet"
      aria-label={t(`do.${kind}`)}
      title={t(`do.${kind}`)}
      onClick={() => move(job, kind)}
    >
      {sign}
    </button>
  );
  return (
    <>
      {main !== null && (
        <a class="button primary" href={fileAddress(main)} download={main.fileName}>
          {t("do.save")}
        </a>
      )}
      {job.media?.isLive === true && state === "running" && (
        <button type="button" onClick={() => move(job, "finish")}>
          {t("do.finish")}
        </button>
      )}
      {(state === "running" || state === "queued" || state === "scheduled") && button("pause", "❚❚")}
      {state === "paused" && button("resume", "▶")}
      {state !== "succeeded" && state !== "failed" && state !== "canceled" && button("cancel", "■")}
      <button
        type="button"
        class="quiet"
        aria-label={t("do.delete")}
        title={t("do.delete")}
        onClick={() => remove(job)}
      >
        ✕
      </button>
    </>
  );
}

/** The file that a person wants first. */
function mainArtifact({ artifacts }: DownloadJob): Artifact | null {
  for (const kind of ["video", "audio", "transcript", "subtitle"]) {
    const found = artifacts.find((artifact) => artifact.kind === kind);
    if (found !== undefined) return found;
  }
  return artifacts[0] ?? null;
}

function stateOf({ state, stage, waitingFor }: DownloadJob): string {
  if (state === "running" && stage !== null) return tOr("stage", stage);
  if (waitingFor !== null && (state === "queued" || state === "scheduled")) return tOr("waiting", waitingFor.reason);
  return tOr("state", state);
}

function detailOf(job: DownloadJob): string {
  const { progress, waitingFor, media } = job;
  if (job.state === "running") {
    return [
      progress.percent === null ? "" : `${Math.floor(progress.percent)} %`,
      progress.recordedSeconds === undefined
        ? ""
        : t("progress.recorded", { time: formatLength(progress.recordedSeconds) }),
      progress.downloadedBytes !== null && progress.totalBytes !== null
        ? t("progress.of", { done: formatBytes(progress.downloadedBytes), total: formatBytes(progress.totalBytes) })
        : "",
      progress.bytesPerSecond === null ? "" : t("progress.speed", { speed: formatBytes(progress.bytesPerSecond) }),
      progress.etaSeconds === null ? "" : t("progress.left", { time: formatLength(progress.etaSeconds) }),
      job.attempt > 1 ? t("attempt.of", { attempt: job.attempt, most: job.maxAttempts }) : "",
    ]
      .filter((part) => part !== "")
      .join(" · ");
  }
  const until = waitingFor?.until ?? job.nextAttemptAt ?? job.scheduledFor;
  if ((job.state === "queued" || job.state === "scheduled") && until !== null) {
    return [t("waiting.until", { time: formatWhen(until) }), job.error?.detail ?? ""].filter(Boolean).join(" · ");
  }
  const size = job.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
  return [
    media?.channel ?? "",
    media?.durationSeconds == null ? "" : formatLength(media.durationSeconds),
    size === 0 ? "" : formatBytes(size),
    job.finishedAt === null ? "" : formatWhen(job.finishedAt),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
