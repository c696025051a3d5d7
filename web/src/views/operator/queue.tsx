import { formatLength } from "../../format/time.ts";
import { t, tOr } from "../../language/language.ts";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Table } from "../../parts/table.tsx";
import { hrefOf } from "../../route.ts";
import { vidferry } from "../../service.ts";

const lookMs = 5_000;

/** What waits in which lane and since when, what runs, and what else waits for. */
export function QueuePanel() {
  const loaded = useLoaded(() => vidferry.records.queue({}), lookMs);
  return (
    <section class="card">
      <h2>{t("operator.queue")}</h2>
      <Shown loaded={loaded}>
        {({ lanes, waiting, running, deadLetters, isWhole }) => (
          <>
            <Table
              caption={t("operator.queue")}
              columns={[t("operator.lane"), t("operator.depth"), t("operator.oldest")]}
            >
              {(["high", "normal", "low"] as const).map((lane) => {
                const { depth, oldestAgeSeconds: age } = lanes[lane];
                return (
                  <tr key={lane}>
                    <th scope="row">{t(`lane.${lane}`)}</th>
                    <td>{depth}</td>
                    <td>{age === null ? "–" : formatLength(age)}</td>
                  </tr>
                );
              })}
            </Table>
            {!isWhole && <p class="muted small">{t("operator.notWhole")}</p>}
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
              <p>
                <a href={hrefOf("/operator/trouble")}>{t("operator.deadLetters")}</a>
              </p>
            )}
          </>
        )}
      </Shown>
    </section>
  );
}
