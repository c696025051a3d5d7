import { useSignal } from "@preact/signals";
import { formatBytes } from "../../format/bytes.ts";
import { formatLength } from "../../format/time.ts";
import { t, tOr } from "../../language/language.ts";
import { Chart } from "../../parts/chart.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt, notify } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { hrefOf } from "../../route.ts";
import { vidferry } from "../../service.ts";

const lookMs = 5_000;
const slowMs = 60_000;
const dayMs = 86_400_000;

/** How the service is: its parts, its queue, and what became of its jobs. */
export function Overview() {
  return (
    <div class="panels">
      <Health />
      <Queue />
      <Day />
      <Failures />
    </div>
  );
}

function Health() {
  const loaded = useLoaded(async () => {
    const { data } = await vidferry.raw.GET("/health/detailed");
    return data?.checks ?? [];
  }, lookMs * 2);
  return (
    <section class="card">
      <h2>{t("operator.health")}</h2>
      <Shown loaded={loaded}>
        {(checks) => {
          const well = checks.filter(({ status }) => status === "ok");
          return (
            <>
              <Checks checks={checks.filter(({ status }) => status !== "ok")} />
              <details>
                <summary>{t("operator.well", { count: well.length })}</summary>
                <Checks checks={well} />
              </details>
            </>
          );
        }}
      </Shown>
    </section>
  );
}

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}

/** Checks, each with what helps where it is not well. */
function Checks({ checks }: { readonly checks: readonly Check[] }) {
  return (
    <ul class="checks-list">
      {checks.map(({ name, status, detail, fix }) => (
        <li key={name}>
          <strong>{name}</strong> <span class={`badge ${status}`}>{status}</span> <span class="muted">{detail}</span>{" "}
          {status !== "ok" && fix !== undefined && <span>{fix}</span>}
        </li>
      ))}
    </ul>
  );
}

function Queue() {
  const loaded = useLoaded(() => vidferry.records.queue(), lookMs);
  return (
    <section class="card">
      <h2>{t("operator.queue")}</h2>
      <Shown loaded={loaded}>
        {({ lanes, waiting, running, deadLetters }) => (
          <>
            <Table
              caption={t("operator.queue")}
              columns={[t("operator.lane"), t("operator.depth"), t("operator.oldest")]}
            >
              {(["high", "normal", "low"] as const).map((lane) => (
                <tr key={lane}>
                  <th scope="row">{lane}</th>
                  <td>{lanes[lane].depth}</td>
                  <td>{lanes[lane].oldestAgeSeconds === null ? "" : formatLength(lanes[lane].oldestAgeSeconds)}</td>
                </tr>
              ))}
            </Table>
            <dl class="facts">
              <div>
                <dt>{t("operator.running")}</dt>
                <dd>{running}</dd>
              </div>
              {Object.entries(waiting).map(([reason, count]) => (
                <div key={reason}>
                  <dt>{tOr("waiting", reason)}</dt>
                  <dd>{count}</dd>
                </div>
              ))}
            </dl>
            {deadLetters.data.length > 0 && (
              <>
                <h3>{t("operator.deadLetters")}</h3>
                <ul>
                  {deadLetters.data.map(({ jobId }) => (
                    <li key={jobId}>
                      <a href={hrefOf(`/downloads/${jobId}`)}>{jobId}</a>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </>
        )}
      </Shown>
    </section>
  );
}

function Day() {
  const loaded = useLoaded(async () => {
    const from = new Date(Date.now() - dayMs).toISOString();
    const [hours, states] = await Promise.all([
      vidferry.records.stats({ by: "hour", from, owner: "*" }),
      vidferry.records.stats({ by: "state", from, owner: "*" }),
    ]);
    return { hours, states };
  }, slowMs);
  return (
    <section class="card">
      <h2>{t("operator.day")}</h2>
      <Shown loaded={loaded}>
        {({ hours, states }) => (
          <>
            <dl class="facts">
              {states.data.map(({ key, count }) => (
                <div key={key}>
                  <dt>{tOr("state", key)}</dt>
                  <dd>{count}</dd>
                </div>
              ))}
              <div>
                <dt>{t("operator.bytes")}</dt>
                <dd>{formatBytes(hours.total.bytes)}</dd>
              </div>
            </dl>
            <Chart
              label={t("operator.day")}
              times={hours.data.map(({ key }) => Date.parse(key) / 1_000)}
              values={hours.data.map(({ count }) => count)}
            />
          </>
        )}
      </Shown>
    </section>
  );
}

function Failures() {
  const loaded = useLoaded(
    () => vidferry.records.stats({ by: "code", from: new Date(Date.now() - dayMs).toISOString(), owner: "*" }),
    slowMs,
  );
  const isBusy = useSignal(false);
  const retryAll = (): void => {
    isBusy.value = true;
    attempt(async () => {
      let count = 0;
      try {
        for await (const { error } of vidferry.downloads.bulkAll({ action: "retry", filter: { state: "failed" } })) {
          if (error === null) count += 1;
        }
        notify(t("operator.retried", { count }));
      } finally {
        isBusy.value = false;
        loaded.reload();
      }
    });
  };
  return (
    <section class="card">
      <h2>{t("operator.failures")}</h2>
      <Shown loaded={loaded}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="muted">{t("operator.none")}</p>
          ) : (
            <Table caption={t("operator.failures")} columns={["Code", t("operator.jobs")]}>
              {data.map(({ key, count }) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>{count}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Shown>
      <button type="button" disabled={isBusy.value} onClick={retryAll}>
        {t("operator.retryFailed")}
      </button>
    </section>
  );
}
