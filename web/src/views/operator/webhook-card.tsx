import type { Webhook } from "@vidferry/sdk";
import { formatWhen } from "../../format/time.ts";
import { t, tOr } from "../../language/language.ts";
import { ask } from "../../parts/ask.tsx";
import { attempt } from "../../parts/notices.ts";
import { vidferry } from "../../service.ts";
import { Deliveries } from "./deliveries.tsx";

interface CardProps {
  readonly webhook: Webhook;
  /** It has changed; with its new secret, if it got one. */
  readonly onChange: (secret?: string | null) => void;
}

/** A webhook: whether it is used, what it is told of, what was sent, and what can be done to it. */
export function WebhookCard({ webhook, onChange }: CardProps) {
  const { id, url, events, description, enabled, disabledReason, failingSince, secretExpiresAt } = webhook;
  const doing = (work: () => Promise<string | undefined>): void =>
    attempt(async () => onChange((await work()) ?? null));
  const rotate = async (): Promise<string | undefined> =>
    (await ask(t("webhook.askRotate"), t("webhook.rotate"))) ? (await vidferry.webhooks.rotate(id)).secret : undefined;
  const remove = async (): Promise<undefined> => {
    if (await ask(t("webhook.ask", { url }), t("do.delete"))) await vidferry.webhooks.delete(id);
  };
  return (
    <section class="card">
      <h2>{url}</h2>
      {description !== "" && (
        <p>
          <bdi>{description}</bdi>
        </p>
      )}
      <p>
        <span class={`badge ${enabled ? "ok" : "failed"}`}>{t(enabled ? "webhook.on" : "webhook.off")}</span>{" "}
        <span class="muted">
          {disabledReason !== null && tOr("webhook", disabledReason)} {events.join(", ")}
        </span>
      </p>
      {enabled && failingSince !== null && (
        <p class="problem">{t("webhook.failingSince", { time: formatWhen(failingSince) })}</p>
      )}
      {secretExpiresAt !== null && (
        <p class="muted small">{t("webhook.rotating", { time: formatWhen(secretExpiresAt) })}</p>
      )}
      <div class="line">
        <button
          type="button"
          onClick={() =>
            doing(async () => {
              await vidferry.webhooks.test(id);
              return undefined;
            })
          }
        >
          {t("webhook.test")}
        </button>
        <button
          type="button"
          onClick={() =>
            doing(async () => {
              await vidferry.webhooks.update(id, { enabled: !enabled });
              return undefined;
            })
          }
        >
          {t(enabled ? "webhook.disable" : "webhook.enable")}
        </button>
        <button type="button" onClick={() => doing(rotate)}>
          {t("webhook.rotate")}
        </button>
        <button type="button" onClick={() => doing(remove)}>
          {t("do.delete")}
        </button>
      </div>
      <Deliveries id={id} />
    </section>
  );
}
