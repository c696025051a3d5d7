import type { WebhookDelivery } from "@vidferry/sdk";
import { formatWhen } from "../../format/time.ts";
import { t, tOr } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";

const lookMs = 5_000;
const shown = 20;

/** What was sent to a webhook, each with its tries, and a way to send it again. */
export function Deliveries({ id }: { readonly id: string }) {
  const loaded = useLoaded(async () => (await vidferry.webhooks.deliveries(id, { limit: shown })).data, lookMs);
  const replay = (deliveryId: string): void =>
    attempt(async () => {
      await vidferry.webhooks.replay(id, deliveryId);
      loaded.reload();
    });
  const columns = ["when", "what", "state", "tries"] as const;
  return (
    <Shown loaded={loaded}>
      {(deliveries) =>
        deliveries.length === 0 ? (
          <Empty text={t("webhook.noDeliveries")} />
        ) : (
          <Table caption={t("operator.deliveries")} columns={[...columns.map((column) => t(`operator.${column}`)), ""]}>
            {deliveries.map((delivery) => (
              <tr key={delivery.id}>
                <td>{formatWhen(delivery.createdAt)}</td>
                <td>{delivery.type}</td>
                <td>
                  <span class={`badge ${delivery.state}`}>{tOr("delivery", delivery.state)}</span>{" "}
                  <span class="muted">{delivery.nextAttemptAt !== null && formatWhen(delivery.nextAttemptAt)}</span>
                </td>
                <td>
                  <Tries delivery={delivery} />
                </td>
                <td>
                  <button type="button" onClick={() => replay(delivery.id)}>
                    {t("operator.replay")}
                  </button>
                </td>
              </tr>
            ))}
          </Table>
        )
      }
    </Shown>
  );
}

function Tries({ delivery: { attempts } }: { readonly delivery: WebhookDelivery }) {
  const last = attempts.at(-1);
  if (last === undefined) return <>–</>;
  return (
    <details>
      <summary>
        {attempts.length} <span class="muted">{last.error ?? last.status}</span>
      </summary>
      <ol class="plain small">
        {attempts.map(({ at, status, durationMs, error }) => (
          <li key={at}>
            {formatWhen(at)} {status} {error} {durationMs} ms
          </li>
        ))}
      </ol>
    </details>
  );
}
