import { formatWhen } from "../../format/time.ts";
import { bulkFiltered } from "../../jobs/bulk.ts";
import { t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { hrefOf } from "../../route.ts";
import { vidferry } from "../../service.ts";

const lookMs = 10_000;

/** Jobs that too many workers were lost with: the dead letters. */
export function LostJobs() {
  const loaded = useLoaded(async () => (await vidferry.records.queue({})).deadLetters.data, lookMs);
  const columns = ["job", "owner", "attempts", "lost", "lastError", "ended"] as const;
  return (
    <section class="card">
      <h2>{t("trouble.dead")}</h2>
      <Shown loaded={loaded}>
        {(jobs) =>
          jobs.length === 0 ? (
            <Empty text={t("trouble.noDead")} />
          ) : (
            <>
              <Table caption={t("trouble.dead")} columns={columns.map((column) => t(`trouble.${column}`))}>
                {jobs.map(({ jobId, owner, url, attempt: tries, lostWorkers, error, finishedAt }) => (
                  <tr key={jobId}>
                    <th scope="row">
                      <a href={hrefOf(`/downloads/${jobId}`)}>
                        <bdi>{url}</bdi>
                      </a>
                    </th>
                    <td>{owner}</td>
                    <td>{tries}</td>
                    <td>{lostWorkers}</td>
                    <td class="muted">{error?.detail}</td>
                    <td>{finishedAt !== null && formatWhen(finishedAt)}</td>
                  </tr>
                ))}
              </Table>
              <button
                type="button"
                onClick={() =>
                  attempt(async () => {
                    await bulkFiltered("retry", { state: "failed", code: "worker_lost" });
                    loaded.reload();
                  })
                }
              >
                {t("do.retry")}
              </button>
            </>
          )
        }
      </Shown>
    </section>
  );
}
