import { useSignal } from "@preact/signals";
import { t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { SecretOnce } from "../../parts/secret-once.tsx";
import { vidferry } from "../../service.ts";
import { NewWebhook } from "./new-webhook.tsx";
import { WebhookCard } from "./webhook-card.tsx";

const lookMs = 10_000;

/** The webhooks of this key's owner. A secret is shown once, when it is made. */
export function Webhooks() {
  const loaded = useLoaded(() => vidferry.webhooks.list({}), lookMs);
  const secret = useSignal<string | null>(null);
  const changed = (made: string | null = null): void => {
    if (made !== null) secret.value = made;
    loaded.reload();
  };
  return (
    <>
      {secret.value !== null && (
        <SecretOnce text={t("webhook.secretOnce")} secret={secret.value} onClose={() => (secret.value = null)} />
      )}
      <NewWebhook onMade={changed} />
      <Shown loaded={loaded}>
        {(all) =>
          all.length === 0 ? (
            <Empty text={t("webhook.empty")} />
          ) : (
            all.map((webhook) => <WebhookCard key={webhook.id} webhook={webhook} onChange={changed} />)
          )
        }
      </Shown>
    </>
  );
}
