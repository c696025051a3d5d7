import { formatWhen } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Table } from "../../parts/table.tsx";
import { hrefOf } from "../../route.ts";
import { base, vidferry } from "../../service.ts";

const lookMs = 15_000;
/** Ends that are looked through. */
const looked = 200;

/** The last jobs that failed, of all owners. */
export function LastFailures() {
  const loaded = useLoaded(async () => {
    const ends = await vidferry.records.history({ owner: "*", limit: 100 }).toArray({ limit: looked });
    return ends.filter(({ state }) => state === "failed");
  }, lookMs);
  const columns = ["ended", "job", "owner", "code", "attempts"] as const;
  return (
    <section class="card">
      <h2>{t("trouble.failed")}</h2>
      <Shown loaded={loaded}>
        {(ends) =>
          ends.length === 0 ? (
            <Empty text={t("operator.noFailures")} />
          ) : (
            <Table caption={t("trouble.failed")} columns={columns.map((column) => t(`trouble.${column}`))}>
              {ends.map(({ jobId, title, url, owner, code, attempts, endedAt }) => (
                <tr key={jobId + endedAt}>
                  <td>{formatWhen(endedAt)}</td>
                  <th scope="row">
                    <a href={hrefOf(`/downloads/${jobId}`)}>
                      <bdi>{title ?? url ?? jobId}</bdi>
                    </a>
                  </th>
                  <td>{owner}</td>
                  <td>
                    <code>{code}</code>
                  </td>
                  <td>{attempts}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Shown>
      <a href={`${base}/api/v1/history?format=csv&owner=*`} download>
        {t("trouble.history")}
      </a>
    </section>
  );
}
