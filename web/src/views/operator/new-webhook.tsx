import type { Webhook } from "@vidferry/sdk";
import { t } from "../../language/language.ts";
import { attempt } from "../../parts/notices.ts";
import { vidferry } from "../../service.ts";

const webhookEvents: readonly Webhook["events"][number][] = [
  "job.succeeded",
  "job.failed",
  "job.canceled",
  "batch.finished",
  "schedule.failed",
  "egress.blocked",
];

/** Makes a webhook, and hands on its secret. */
export function NewWebhook({ onMade }: { readonly onMade: (secret: string) => void }) {
  const create = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    attempt(async () => {
      const { secret } = await vidferry.webhooks.create({
        url: String(fields.get("url")).trim(),
        events: webhookEvents.filter((name) => fields.get(name) !== null),
        description: String(fields.get("description")).trim(),
      });
      form.reset();
      onMade(secret);
    });
  };
  return (
    <details class="card">
      <summary>{t("webhook.new")}</summary>
      <form class="details" onSubmit={create}>
        <label>
          {t("webhook.url")}
          <input name="url" type="url" required placeholder="https://" spellcheck={false} />
        </label>
        <label>
          {t("webhook.description")}
          <input name="description" maxLength={200} />
        </label>
        <fieldset class="checks">
          <legend>{t("webhook.events")}</legend>
          {webhookEvents.map((name) => (
            <label key={name} class="check">
              <input type="checkbox" name={name} defaultChecked /> {name}
            </label>
          ))}
        </fieldset>
        <button type="submit" class="primary">
          {t("operator.create")}
        </button>
      </form>
    </details>
  );
}
