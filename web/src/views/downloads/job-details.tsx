import { useSignal } from "@preact/signals";
import { type Artifact, type DownloadJob, NotFoundError } from "@vidferry/sdk";
import { useEffect, useRef } from "preact/hooks";
import { formatBytes } from "../../format/bytes.ts";
import { formatWhen } from "../../format/time.ts";
import { copyLink, fileAddress, titleOf } from "../../jobs/actions.ts";
import { jobSignal, note } from "../../jobs/job-list.ts";
import { t, tOr } from "../../language/language.ts";
import { CopyButton } from "../../parts/copy-button.tsx";
import { notifyError } from "../../parts/notices.ts";
import { go } from "../../route.ts";
import { base, vidferry } from "../../service.ts";
import { Player } from "./player.tsx";
import { Remedies } from "./remedies.tsx";

/** All of one job, over the list. */
export function JobDetails({ id }: { readonly id: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGone = useSignal(false);
  // Read for the sake of being drawn anew: a job that is not in the list comes only now.
  const isRead = useSignal(false);
  void isRead.value;
  const job = jobSignal(id)?.value;
  useEffect(() => {
    dialog.current?.showModal();
    vidferry.downloads.get(id).then(
      (now) => {
        note(now);
        isRead.value = true;
      },
      (error: unknown) => {
        if (error instanceof NotFoundError) isGone.value = true;
        else notifyError(error);
      },
    );
  }, [id, isGone, isRead]);
  return (
    <dialog ref={dialog} class="job-details" aria-labelledby="job-title" onClose={() => go("/")}>
      <div class="line">
        <h2 id="job-title">
          <bdi>{job === undefined ? t("do.details") : titleOf(job)}</bdi>
        </h2>
        <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => dialog.current?.close()}>
          ✕
        </button>
      </div>
      {isGone.value && <p>{t("details.gone")}</p>}
      {job !== undefined && !isGone.value && <Details job={job} />}
    </dialog>
  );
}

function Details({ job }: { readonly job: DownloadJob }) {
  const { artifacts, warnings, error, media, engine } = job;
  return (
    <>
      <p>
        <span class="badge">{tOr("state", job.state)}</span> <span class="muted">{media?.channel}</span>
      </p>
      {error !== null && (
        <div class="problem">
          <p>{error.detail}</p>
          <p>{error.hint}</p>
          <p class="small">{error.code}</p>
          <Remedies job={job} />
        </div>
      )}
      <Player job={job} />
      {job.state === "succeeded" && artifacts.length === 0 && <p>{t("details.expired")}</p>}
      {artifacts.length > 0 && (
        <section>
          <h3>{t("details.files")}</h3>
          <ul class="files">
            {artifacts.map((artifact) => (
              <File key={artifact.id} job={job} artifact={artifact} />
            ))}
          </ul>
          {artifacts.length > 1 && (
            <a class="button" href={`${base}/api/v1/downloads/${job.id}/archive`} download>
              {t("do.archive")}
            </a>
          )}
        </section>
      )}
      {warnings.length > 0 && (
        <section>
          <h3>{t("details.warnings")}</h3>
          <ul>
            {warnings.map(({ code, detail }) => (
              <li key={code + detail}>{detail}</li>
            ))}
          </ul>
        </section>
      )}
      <dl class="facts">
        <Fact name={t("details.made")} value={formatWhen(job.createdAt)} />
        {job.finishedAt !== null && <Fact name={t("details.ended")} value={formatWhen(job.finishedAt)} />}
        {job.expiresAt !== null && <Fact name={t("details.kept")} value={formatWhen(job.expiresAt)} />}
        {job.reusedFrom !== null && <Fact name={t("details.reused")} value={job.reusedFrom} />}
        {engine?.ytDlp != null && <Fact name={t("details.engine")} value={`yt-dlp ${engine.ytDlp}`} />}
      </dl>
      <p class="line small">
        <code>{job.id}</code> <CopyButton text={job.id} />
      </p>
      <details>
        <summary>{t("details.request")}</summary>
        <pre>{JSON.stringify(job.request, null, 2)}</pre>
      </details>
      {/^https?:/.test(job.request.url) && (
        <a href={job.request.url} target="_blank" rel="noopener noreferrer">
          {t("do.sourceLink")}
        </a>
      )}
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function File({ job, artifact }: { readonly job: DownloadJob; readonly artifact: Artifact }) {
  const { fileName, bytes, sha256 } = artifact;
  return (
    <li>
      <bdi class="name">{fileName}</bdi>
      <span class="muted">{formatBytes(bytes)}</span>
      <a class="button" href={fileAddress(artifact)} download={fileName}>
        {t("do.save")}
      </a>
      <button type="button" onClick={() => copyLink(job, artifact)}>
        {t("do.link")}
      </button>
      <p class="digest small muted">
        {t("details.sha256")} <code>{sha256}</code> <CopyButton text={sha256} label={t("details.copyDigest")} />
      </p>
    </li>
  );
}
