import type { Egress } from "@vidferry/sdk";
import { formatWhen } from "../../format/time.ts";
import { t, tOr } from "../../language/language.ts";
import { ask } from "../../parts/ask.tsx";
import { Meter } from "../../parts/meter.tsx";
import { attempt } from "../../parts/notices.ts";
import { vidferry } from "../../service.ts";

interface RowProps {
  readonly egress: Egress;
  readonly onChange: () => void;
}

/** An egress: its breakers by site, its budget, its cookies, and what can be done to it. */
export function EgressRow({ egress, onChange }: RowProps) {
  const { id, name, pool, state, sites, hosts, enabled, usedThisHour, resolvesPerHour, cookies, proxy, builtIn } =
    egress;
  const hasTrouble = sites.length > 0 || state === "cooling" || state === "blocked";
  const doing = (work: () => Promise<unknown>): void =>
    attempt(async () => {
      await work();
      onChange();
    });
  const remove = async (): Promise<void> => {
    if (await ask(t("egress.ask", { name }), t("do.delete"))) await vidferry.egresses.delete(id);
  };
  return (
    <tr>
      <th scope="row">
        {name}
        <p class="muted small">
          {[pool ?? "", proxy.present ? t("egress.proxy") : t("egress.direct"), hosts.join(", ")]
            .filter((fact) => fact !== "")
            .join(" · ")}
        </p>
      </th>
      <td>
        <Trouble egress={egress} />
      </td>
      <td>
        {usedThisHour}
        {resolvesPerHour !== null && `/${resolvesPerHour}`}
        <Meter label={t("operator.used")} used={usedThisHour} most={resolvesPerHour} />
      </td>
      <td>
        {cookies.present ? t(cookiesText(cookies.valid)) : "–"}
        {cookies.checkedAt !== null && <p class="muted small">{formatWhen(cookies.checkedAt)}</p>}
      </td>
      <td>
        <div class="line">
          {hasTrouble && (
            <button type="button" onClick={() => doing(() => vidferry.egresses.reset(id))}>
              {t("operator.reset")}
            </button>
          )}
          {!builtIn && (
            <>
              <button type="button" onClick={() => doing(() => vidferry.egresses.update(id, { enabled: !enabled }))}>
                {t(enabled ? "webhook.disable" : "webhook.enable")}
              </button>
              <button type="button" onClick={() => doing(remove)}>
                {t("do.delete")}
              </button>
            </>
          )}
        </div>
      </td>
    </tr>
  );
}

/** The state of an egress, and of each site that has trouble with it. */
function Trouble({ egress: { state, until, reason, sites } }: { readonly egress: Egress }) {
  return (
    <>
      <span class={`badge ${state}`}>{tOr("egress", state)}</span>{" "}
      <span class="muted">
        {reason} {until !== null && t("waiting.until", { time: formatWhen(until) })}
      </span>
      {sites.length > 0 && (
        <ul class="plain small">
          {sites.map((one) => (
            <li key={one.site}>
              <span class={`badge ${one.state}`}>{tOr("egress", one.state)}</span> {one.site}{" "}
              <span class="muted">
                {one.reason} {one.until !== null && t("waiting.until", { time: formatWhen(one.until) })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const cookiesText = (valid: boolean | null) =>
  valid === null
    ? ("operator.cookiesUnchecked" as const)
    : valid
      ? ("operator.cookiesValid" as const)
      : ("operator.cookiesInvalid" as const);
