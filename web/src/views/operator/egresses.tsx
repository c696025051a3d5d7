import type { Egress } from "@vidferry/sdk";
import { formatWhen } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";

const lookMs = 5_000;

/** As what sites see the service: what each egress may still do, and cookies and proxies to give. */
export function Egresses() {
  const loaded = useLoaded(() => vidferry.egresses.list(), lookMs);
  const doing = (work: () => Promise<unknown>): void =>
    attempt(async () => {
      await work();
      loaded.reload();
    });
  const create = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const text = (name: string): string => String(fields.get(name) ?? "").trim();
    doing(async () => {
      const secrets = {
        ...(text("proxyUrl") === "" ? {} : { proxyUrl: text("proxyUrl") }),
        ...(text("cookies") === "" ? {} : { cookies: `${text("cookies")}\n` }),
      };
      const known = loaded.value.peek()?.find(({ name }) => name === text("name"));
      await (known === undefined
        ? vidferry.egresses.create({ name: text("name"), ...secrets })
        : vidferry.egresses.update(known.id, secrets));
      form.reset();
    });
  };
  const columns = ["name", "state", "used", "cookies"] as const;
  return (
    <>
      <Shown loaded={loaded}>
        {(all) => (
          <Table caption={t("operator.egresses")} columns={[...columns.map((column) => t(`operator.${column}`)), ""]}>
            {all.map((one) => (
              <Row key={one.id} egress={one} doing={doing} />
            ))}
          </Table>
        )}
      </Shown>
      <details class="card">
        <summary>{t("operator.newEgress")}</summary>
        <form class="details" onSubmit={create} autocomplete="off">
          <label>
            {t("operator.name")}
            <input name="name" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]*" list="egress-names" />
          </label>
          <datalist id="egress-names">
            {loaded.value.value?.map(({ id, name }) => (
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
          <button type="submit" class="primary">
            {t("app.save")}
          </button>
        </form>
      </details>
    </>
  );
}

interface RowProps {
  readonly egress: Egress;
  readonly doing: (work: () => Promise<unknown>) => void;
}

function Row({ egress, doing }: RowProps) {
  const { id, name, state, until, reason, sites, usedThisHour, resolvesPerHour, cookies, builtIn } = egress;
  const trouble = sites.length > 0 || state === "cooling" || state === "blocked";
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span class={`badge ${state}`}>{state}</span>{" "}
        <span class="muted">
          {reason} {until !== null && formatWhen(until)}
        </span>
      </td>
      <td>
        {usedThisHour}
        {resolvesPerHour !== null && `/${resolvesPerHour}`}
      </td>
      <td>{cookies.present ? t(cookiesText(cookies.valid)) : "–"}</td>
      <td>
        {trouble && (
          <button type="button" onClick={() => doing(() => vidferry.egresses.reset(id))}>
            {t("operator.reset")}
          </button>
        )}
        {!builtIn && (
          <button type="button" onClick={() => doing(() => vidferry.egresses.delete(id))}>
            {t("do.delete")}
          </button>
        )}
      </td>
    </tr>
  );
}

const cookiesText = (valid: boolean | null) =>
  valid === null
    ? ("operator.cookiesUnchecked" as const)
    : valid
      ? ("operator.cookiesValid" as const)
      : ("operator.cookiesInvalid" as const);
