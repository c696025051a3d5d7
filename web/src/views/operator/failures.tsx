import { useSignal } from "@preact/signals";
import type { KnownErrorCode } from "@vidferry/sdk";
import { useEffect } from "preact/hooks";
import { bulkFiltered } from "../../jobs/bulk.ts";
import { language, t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { base, vidferry } from "../../service.ts";
import { period, periodStart } from "./period.tsx";

const lookMs = 60_000;

const percent = (share: number): string =>
  share.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });

/** Which failures there were in the period, their share of all that ended, and a way to try them again. */
export function Failures() {
  const loaded = useLoaded(async () => {
    const from = periodStart();
    const [codes, states] = await Promise.all([
      vidferry.records.stats({ by: "code", from, owner: "*" }),
      vidferry.records.stats({ by: "state", from, owner: "*" }),
    ]);
    return { codes: codes.data.filter(({ count }) => count > 0), total: states.total.count };
  }, lookMs);
  useEffect(loaded.reload, [period.value.name]);
  const isBusy = useSignal(false);
  const retry = (code?: string): void => {
    isBusy.value = true;
    const filter = { state: "failed", ...(code === undefined ? {} : { code: code as KnownErrorCode }) } as const;
    attempt(() =>
      bulkFiltered("retry", filter).finally(() => {
        isBusy.value = false;
        loaded.reload();
      }),
    );
  };
  return (
    <section class="card">
      <h2>{t("operator.failures")}</h2>
      <Shown loaded={loaded}>
        {({ codes, total }) =>
          codes.length === 0 ? (
            <Empty text={t("operator.noFailures")} />
          ) : (
            <Table
              caption={t("operator.failures")}
              columns={[t("operator.code"), t("operator.jobs"), t("operator.share"), ""]}
            >
              {codes.map(({ key, count }) => (
                <tr key={key}>
                  <th scope="row">
                    <a href={`${base}/docs/errors#${key}`} target="_blank" rel="noopener">
                      {key}
                    </a>
                  </th>
                  <td>{count}</td>
                  <td>{percent(count / Math.max(1, total))}</td>
                  <td>
                    <button type="button" disabled={isBusy.value} onClick={() => retry(key)}>
                      {t("do.retry")}
                    </button>
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Shown>
      <button type="button" disabled={isBusy.value} onClick={() => retry()}>
        {t("operator.retryFailed")}
      </button>
    </section>
  );
}
