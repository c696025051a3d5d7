import { formatWhen } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";

const lookMs = 10_000;
const shown = 20;

/** The webhooks of this key's owner, what was sent to each, and a way to send it again. */
export function Webhooks() {
  const loaded = useLoaded(() => vidferry.webhooks.list(), lookMs);
  return (
    <Shown loaded={loaded}>
      {(all) =>
        all.length === 0 ? (
          <p class="empty muted">{t("operator.none")}</p>
        ) : (
          all.map(({ id, url, events }) => (
            <section key={id} class="card">
              <h2>{url}</h2>
              <p class="muted">{events.join(", ")}</p>
              <Deliveries id={id} />
            </section>
          ))
        )
      }
    </Shown>
  );
}

function Deliveries({ id }: { readonly id: string }) {
  const loaded = useLoaded(async () => (await vidferry.webhooks.deliveries(id, { limit: shown })).data, lookMs);
  const replay = (deliveryId: string): void =>
    attempt(async () => {
      await vidferry.webhooks.replay(id, deliveryId);
      loaded.reload();
    });
  return (
    <Shown loaded={loaded}>
      {(deliveries) => (
        <Table
          caption={t("operator.deliveries")}
          columns={[t("operator.when"), t("operator.what"), t("operator.state"), ""]}
        >
          {deliveries.map(({ id: deliveryId, type, state, attempts, createdAt }) => (
            <tr key={deliveryId}>
              <td>{formatWhen(createdAt)}</td>
              <td>{type}</td>
              <td>
                <span class={`badge ${state}`}>{state}</span>{" "}
                <span class="muted">{attempts.at(-1)?.error ?? attempts.at(-1)?.status}</span>
              </td>
              <td>
                <button type="button" onClick={() => replay(deliveryId)}>
                  {t("operator.replay")}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Shown>
  );
}
