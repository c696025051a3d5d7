import { t } from "../../language/language.ts";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { type HealthCheck, readHealth } from "./read-health.ts";

const lookMs = 10_000;

/** Every check of the service: those that are not well first, each with what helps. */
export function Health() {
  const loaded = useLoaded(readHealth, lookMs);
  return (
    <section class="card">
      <h2>{t("operator.health")}</h2>
      <Shown loaded={loaded}>
        {(checks) => {
          const well = checks.filter(({ status }) => status === "ok");
          return (
            <>
              <Checks checks={checks.filter(({ status }) => status !== "ok")} />
              <details>
                <summary>{t("operator.well", { count: well.length })}</summary>
                <Checks checks={well} />
              </details>
            </>
          );
        }}
      </Shown>
    </section>
  );
}

/** Checks, each with what helps where it is not well. */
export function Checks({ checks }: { readonly checks: readonly HealthCheck[] }) {
  if (checks.length === 0) return null;
  return (
    <ul class="checks-list">
      {checks.map(({ name, status, detail, fix }) => (
        <li key={name}>
          <span class={`badge ${status}`}>{status}</span> <strong>{name}</strong> <span class="muted">{detail}</span>
          {status !== "ok" && fix !== undefined && <p>{fix}</p>}
        </li>
      ))}
    </ul>
  );
}
