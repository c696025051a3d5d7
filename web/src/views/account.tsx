import { formatWhen } from "../format/time.ts";
import { t } from "../language/language.ts";
import { Shown, useLoaded } from "../parts/loaded.tsx";
import { Meter } from "../parts/meter.tsx";
import { Table } from "../parts/table.tsx";
import { vidferry } from "../service.ts";
import { session } from "../session/session.ts";
import { limits, showLimit, usedOf } from "./limits.ts";
import { Webhooks } from "./operator/webhooks.tsx";

const lookMs = 15_000;

/** What a person has used of what it may, and the webhooks that it has. Operators see those of everybody. */
export function Account() {
  const loaded = useLoaded(() => vidferry.quota(), lookMs);
  return (
    <>
      <h1>{t("app.account")}</h1>
      <Shown loaded={loaded}>
        {(account) => (
          <section class="card">
            <h2>
              <bdi>{account.owner}</bdi>
            </h2>
            <Table
              caption={t("account.limits", { owner: account.owner })}
              columns={[t("account.limit"), t("account.used"), t("account.most")]}
            >
              {limits.map((limit) => {
                const [used, most] = [usedOf(account, limit), account.limits[limit]];
                const name = t(`account.${limit}`);
                return (
                  <tr key={limit}>
                    <th scope="row">{name}</th>
                    <td>
                      {used === null ? "–" : showLimit(limit, used)}
                      {used !== null && <Meter label={name} used={used} most={most} />}
                    </td>
                    <td>{most === null ? t("account.none") : showLimit(limit, most)}</td>
                  </tr>
                );
              })}
            </Table>
            <p class="muted small">{t("account.renews", { time: formatWhen(account.renewsAt.bytesPerMonth) })}</p>
          </section>
        )}
      </Shown>
      {session.value?.scopes.includes("webhooks") === true && (
        <>
          <h2>{t("operator.webhooks")}</h2>
          <Webhooks />
        </>
      )}
    </>
  );
}
