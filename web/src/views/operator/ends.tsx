import { useEffect } from "preact/hooks";
import { formatBytes } from "../../format/bytes.ts";
import { formatLength } from "../../format/time.ts";
import { t, tOr } from "../../language/language.ts";
import { Chart } from "../../parts/chart.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { vidferry } from "../../service.ts";
import { period, periodStart } from "./period.tsx";

const lookMs = 60_000;

/** What ended in the period: how many by state, how many bytes, how long they took, and both over time. */
export function Ends() {
  const loaded = useLoaded(async () => {
    const from = periodStart();
    const [times, states] = await Promise.all([
      vidferry.records.stats({ by: period.peek().by, from, owner: "*" }),
      vidferry.records.stats({ by: "state", from, owner: "*" }),
    ]);
    const at = times.data.map(({ key }) => Date.parse(key) / 1_000);
    return { states, total: times.total, times: at, groups: times.data };
  }, lookMs);
  useEffect(loaded.reload, [period.value.name]);
  return (
    <section class="card">
      <h2>{t("operator.ended")}</h2>
      <Shown loaded={loaded}>
        {({ states, total, times, groups }) => (
          <>
            <dl class="facts">
              {states.data.map(({ key, count }) => (
                <Fact key={key} name={tOr("state", key)} value={String(count)} />
              ))}
              <Fact name={t("operator.bytes")} value={formatBytes(total.bytes)} />
              <Fact name={t("operator.perHour")} value={(total.count / period.value.hours).toFixed(1)} />
              {total.runSeconds.p50 !== null && (
                <Fact name={t("operator.median")} value={formatLength(total.runSeconds.p50)} />
              )}
              {total.runSeconds.p90 !== null && (
                <Fact name={t("operator.slow")} value={formatLength(total.runSeconds.p90)} />
              )}
            </dl>
            <h3>{t("operator.jobs")}</h3>
            <Chart label={t("operator.jobs")} times={times} values={groups.map(({ count }) => count)} />
            <h3>{t("operator.megabytes")}</h3>
            <Chart
              label={t("operator.megabytes")}
              times={times}
              values={groups.map(({ bytes }) => Math.round(bytes / 1e6))}
            />
          </>
        )}
      </Shown>
    </section>
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
