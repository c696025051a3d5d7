import { useSignal } from "@preact/signals";
import type { NewKey } from "@vidferry/sdk";
import { formatWhen } from "../../format/time.ts";
import { copy } from "../../jobs/actions.ts";
import { t } from "../../language/language.ts";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";

const shown = 200;
const scopes = ["downloads:read", "downloads:write", "files:read", "webhooks", "admin"] as const;

/** Who may use the service. A secret is shown once, and kept nowhere. */
export function Keys() {
  const loaded = useLoaded(() => vidferry.keys.list({ limit: 100 }).toArray({ limit: shown }));
  const secret = useSignal<string | null>(null);
  const create = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    attempt(async () => {
      const owner = String(fields.get("owner")).trim();
      const key: NewKey = {
        name: String(fields.get("name")).trim(),
        ...(owner === "" ? {} : { owner }),
        scopes: scopes.filter((scope) => fields.get(scope) !== null),
      };
      secret.value = (await vidferry.keys.create(key)).secret;
      form.reset();
      loaded.reload();
    });
  };
  const revoke = (id: string, name: string): void => {
    if (!confirm(`${t("operator.revoke")}: ${name}?`)) return;
    attempt(async () => {
      await vidferry.keys.revoke(id);
      loaded.reload();
    });
  };
  const columns = ["name", "owner", "scopes", "lastUsed"] as const;
  return (
    <>
      {secret.value !== null && (
        <div class="card" role="status">
          <p>{t("operator.keyOnce")}</p>
          <p class="line">
            <code>{secret.value}</code>
            <button type="button" onClick={() => attempt(() => copy(secret.value ?? ""))}>
              {t("app.copy")}
            </button>
            <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => (secret.value = null)}>
              ✕
            </button>
          </p>
        </div>
      )}
      <Shown loaded={loaded}>
        {(keys) => (
          <Table caption={t("operator.keys")} columns={[...columns.map((column) => t(`operator.${column}`)), ""]}>
            {keys.map(({ id, name, owner, scopes: allowed, lastUsedAt, lastFour }) => (
              <tr key={id}>
                <th scope="row">
                  <bdi>{name}</bdi> <span class="muted">…{lastFour}</span>
                </th>
                <td>{owner}</td>
                <td>{allowed.join(", ")}</td>
                <td>{lastUsedAt === null ? t("operator.never") : formatWhen(lastUsedAt)}</td>
                <td>
                  <button type="button" onClick={() => revoke(id, name)}>
                    {t("operator.revoke")}
                  </button>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Shown>
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
    </>
  );
}
