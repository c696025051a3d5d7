import { formatLength } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Table } from "../../parts/table.tsx";
import { hrefOf } from "../../route.ts";
import { vidferry } from "../../service.ts";

const lookMs = 3_000;
/** From then on an attempt is marked, in seconds: few take as long. */
const longSeconds = 1_800;

/** What every worker runs, the longest first: what is stuck stands at the top. */
export function LongRuns() {
  const loaded = useLoaded(async () => {
    const now = Date.now();
    return (await vidferry.records.workers({}))
      .filter(({ state }) => state !== "gone")
      .flatMap(({ host, pid, running }) =>
        running.map(({ jobId, attempt, startedAt }) => ({
          ...{ host, pid, jobId, attempt },
          seconds: startedAt === null ? 0 : (now - Date.parse(startedAt)) / 1_000,
        })),
      )
      .sort((a, b) => b.seconds - a.seconds);
  }, lookMs);
  const columns = ["job", "attempt", "worker", "since"] as const;
  return (
    <section class="card">
      <h2>{t("trouble.running")}</h2>
      <Shown loaded={loaded}>
        {(runs) =>
          runs.length === 0 ? (
            <Empty text={t("trouble.noRunning")} />
          ) : (
            <Table caption={t("trouble.running")} columns={columns.map((column) => t(`trouble.${column}`))}>
              {runs.map(({ jobId, attempt, host, pid, seconds }) => (
                <tr key={jobId}>
                  <th scope="row">
                    <a href={hrefOf(`/downloads/${jobId}`)}>{jobId}</a>
                  </th>
                  <td>{attempt}</td>
                  <td>
                    {host} <span class="muted">{pid}</span>
                  </td>
                  <td>
                    {formatLength(seconds)}{" "}
                    {seconds > longSeconds && <span class="badge warning">{t("trouble.long")}</span>}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Shown>
    </section>
  );
}
