import type { Egress } from "@vidferry/sdk";
import { t } from "../../language/language.ts";
import { attempt, notify } from "../../parts/notices.ts";
import { vidferry } from "../../service.ts";

interface FormProps {
  readonly known: readonly Egress[];
  readonly onSaved: () => void;
}

/** Makes an egress, or gives one that exists a new proxy or new cookies: its name says which. */
export function EgressForm({ known, onSaved }: FormProps) {
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const text = (name: string): string => String(fields.get(name) ?? "").trim();
    attempt(async () => {
      const secrets = {
        ...(text("proxyUrl") === "" ? {} : { proxyUrl: text("proxyUrl") }),
        ...(text("cookies") === "" ? {} : { cookies: `${text("cookies")}\n` }),
        ...(text("resolvesPerHour") === "" ? {} : { resolvesPerHour: Number(text("resolvesPerHour")) }),
      };
      const before = known.find(({ name }) => name === text("name"));
      await (before === undefined
        ? vidferry.egresses.create({ name: text("name"), ...secrets })
        : vidferry.egresses.update(before.id, secrets));
      form.reset();
      notify(t("app.saved"));
      onSaved();
    });
  };
  return (
    <details class="card">
      <summary>{t("operator.newEgress")}</summary>
      <form class="details" onSubmit={save} autocomplete="off">
        <label>
          {t("operator.name")}
          <input name="name" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]*" list="egress-names" />
        </label>
        <datalist id="egress-names">
          {known.map(({ id, name }) => (
            <option key={id} value={name} />
          ))}
        </datalist>
        <label>
          {t("operator.proxy")}
          <input name="proxyUrl" type="password" autocomplete="off" />
        </label>
        <label>
          {t("operator.cookiesText")}
          <textarea name="cookies" rows={4} spellcheck={false} />
        </label>
        <label>
          {t("egress.budget")}
          <input name="resolvesPerHour" inputMode="numeric" pattern="\d+" class="number" />
        </label>
        <button type="submit" class="primary">
          {t("app.save")}
        </button>
      </form>
    </details>
  );
}
