import type { ComponentType } from "preact";
import { t } from "../../language/language.ts";
import { hrefOf, route } from "../../route.ts";
import { isOperator } from "../../session/session.ts";
import { Accounts } from "./accounts.tsx";
import { AuditLog } from "./audit-log.tsx";
import { Egresses } from "./egresses.tsx";
import { Engines } from "./engines.tsx";
import { Keys } from "./keys.tsx";
import { Overview } from "./overview.tsx";
import { Storage } from "./storage.tsx";
import { Trouble } from "./trouble.tsx";
import { Webhooks } from "./webhooks.tsx";
import { Workers } from "./workers.tsx";

const views = {
  overview: Overview,
  trouble: Trouble,
  workers: Workers,
  engines: Engines,
  egresses: Egresses,
  storage: Storage,
  accounts: Accounts,
  keys: Keys,
  webhooks: Webhooks,
  audit: AuditLog,
} as const satisfies Readonly<Record<string, ComponentType>>;
const names = Object.keys(views) as (keyof typeof views)[];

/** The fleet at a glance, for keys with the scope `admin`. */
export function Operator() {
  const here = route.value.split("/")[2] ?? "";
  const chosen = names.find((name) => name === here) ?? "overview";
  const View = views[chosen];
  if (!isOperator()) return <p class="muted">{t("operator.forAdmins")}</p>;
  return (
    <>
      <h1>{t("app.operator")}</h1>
      <nav class="tabs" aria-label={t("app.operator")}>
        {names.map((name) => (
          <a key={name} href={hrefOf(`/operator/${name}`)} aria-current={name === chosen ? "page" : undefined}>
            {t(`operator.${name}`)}
          </a>
        ))}
      </nav>
      <View />
    </>
  );
}
