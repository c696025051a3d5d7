import type { NewKey } from "@vidferry/sdk";
import { t } from "../../language/language.ts";
import { attempt } from "../../parts/notices.ts";
import { vidferry } from "../../service.ts";

const scopes = ["downloads:read", "downloads:write", "files:read", "webhooks", "admin"] as const;

/** Makes a key, and hands on its secret. */
export function NewKeyForm({ onMade }: { readonly onMade: (secret: string) => void }) {
  const create = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    attempt(async () => {
      const owner = String(fields.get("owner")).trim();
      const expires = String(fields.get("expires"));
      const key: NewKey = {
        name: String(fields.get("name")).trim(),
        ...(owner === "" ? {} : { owner }),
        ...(expires === "" ? {} : { expiresAt: new Date(`${expires}T00:00`).toISOString() }),
        scopes: scopes.filter((scope) => fields.get(scope) !== null),
      };
      const { secret } = await vidferry.keys.create(key);
      form.reset();
      onMade(secret);
    });
  };
  return (
    <details class="card">
      <summary>{t("operator.newKey")}</summary>
      <form class="details" onSubmit={create}>
        <label>
          {t("operator.name")}
          <input name="name" required maxLength={100} />
        </label>
        <label>
          {t("operator.owner")}
          <input name="owner" maxLength={100} />
        </label>
        <label>
          {t("operator.expiresOn")}
          <input name="expires" type="date" />
        </label>
        <fieldset class="checks">
          <legend>{t("operator.scopes")}</legend>
          {scopes.map((scope) => (
            <label key={scope} class="check">
              <input type="checkbox" name={scope} defaultChecked={scope !== "admin"} /> {scope}
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
