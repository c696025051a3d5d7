import { formatWhen } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { hrefOf } from "../../route.ts";
import { vidferry } from "../../service.ts";

const lookMs = 3_000;

/** Every worker process, what it runs, and a way to let it finish and end. */
export function Workers() {
  const loaded = useLoaded(() => vidferry.records.workers(), lookMs);
  const drain = (id: string): void =>
    attempt(async () => {
      await vidferry.records.drainWorker(id);
      loaded.reload();
    });
  const columns = ["worker", "version", "state", "running", "seen"] as const;
  return (
    <Shown loaded={loaded}>
      {(workers) => (
        <Table caption={t("operator.workers")} columns={[...columns.map((column) => t(`operator.${column}`)), ""]}>
          {workers.map(({ id, host, pid, version, engine, state, running, concurrency, seenAt, standalone }) => (
            <tr key={id}>
              <th scope="row">
                {host} <span class="muted">{pid}</span>
              </th>
              <td>
                {version} <span class="muted">yt-dlp {engine.ytDlp}</span>
              </td>
              <td>
                <span class="badge">{state}</span>
              </td>
              <td>
                {running.length}/{concurrency}{" "}
                {running.map(({ jobId }) => (
                  <a key={jobId} href={hrefOf(`/downloads/${jobId}`)}>
                    {jobId.slice(-6)}
                  </a>
                ))}
              </td>
              <td>{formatWhen(seenAt)}</td>
              <td>
                {standalone && state === "active" && (
                  <button type="button" onClick={() => drain(id)}>
                    {t("operator.drain")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Shown>
  );
}
