import type { Worker } from "@vidferry/sdk";
import { formatBytes } from "../../format/bytes.ts";
import { formatLength, formatWhen } from "../../format/time.ts";
import { t, tOr } from "../../language/language.ts";
import { ask } from "../../parts/ask.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Meter } from "../../parts/meter.tsx";
import { attempt } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { hrefOf } from "../../route.ts";
import { vidferry } from "../../service.ts";

const lookMs = 3_000;

/** Every worker process, how busy it is, what it runs, and a way to let it finish and end. */
export function Workers() {
  const loaded = useLoaded(() => vidferry.records.workers({}), lookMs);
  const columns = ["worker", "version", "state", "load", "running", "seen"] as const;
  return (
    <Shown loaded={loaded}>
      {(workers) =>
        workers.length === 0 ? (
          <Empty text={t("operator.noWorkers")}>
            <code>vidferry worker</code>
          </Empty>
        ) : (
          <Table caption={t("operator.workers")} columns={[...columns.map((column) => t(`operator.${column}`)), ""]}>
            {workers.map((worker) => (
              <Row key={worker.id} worker={worker} onChange={loaded.reload} />
            ))}
          </Table>
        )
      }
    </Shown>
  );
}

function Row({ worker, onChange }: { readonly worker: Worker; readonly onChange: () => void }) {
  const { id, host, pid, version, engine, state, running, concurrency, freeBytes, startedAt, seenAt, standalone } =
    worker;
  const drain = (): void =>
    attempt(async () => {
      if (!(await ask(t("operator.askDrain", { host }), t("operator.drain")))) return;
      await vidferry.records.drainWorker(id);
      onChange();
    });
  return (
    <tr>
      <th scope="row">
        {host} <span class="muted">{pid}</span>
      </th>
      <td>
        {version}{" "}
        <span class="muted small">
          yt-dlp {engine.ytDlp ?? "?"}, FFmpeg {engine.ffmpeg ?? "?"}
        </span>
      </td>
      <td>
        <span class={`badge ${state}`}>{tOr("worker", state)}</span>
      </td>
      <td>
        {running.length}/{concurrency}
        <Meter label={t("operator.load")} used={running.length} most={concurrency} />
        {freeBytes !== null && <p class="muted small">{t("operator.free", { size: formatBytes(freeBytes) })}</p>}
      </td>
      <td>
        <ul class="plain">
          {running.map(({ jobId, startedAt: since }) => (
            <li key={jobId}>
              <a href={hrefOf(`/downloads/${jobId}`)}>…{jobId.slice(-6)}</a>{" "}
              <span class="muted">{since !== null && formatLength((Date.now() - Date.parse(since)) / 1_000)}</span>
            </li>
          ))}
        </ul>
      </td>
      <td>
        {formatWhen(seenAt)} <span class="muted small">{t("operator.since", { time: formatWhen(startedAt) })}</span>
      </td>
      <td>
        {standalone && state === "active" && (
          <button type="button" onClick={drain}>
            {t("operator.drain")}
          </button>
        )}
      </td>
    </tr>
  );
}
