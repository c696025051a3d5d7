import { t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Folded } from "../../parts/folded.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { AccountLimits } from "./account-limits.tsx";
import { readOwners } from "./owners.ts";

/** Who uses the service, and how much each of them may. */
export function Accounts() {
  const loaded = useLoaded(readOwners);
  return (
    <Shown loaded={loaded}>
      {(owners) =>
        owners.length === 0 ? (
          <Empty text={t("operator.none")} />
        ) : (
          <ul class="plain">
            {owners.map((owner) => (
              <li key={owner} class="card">
                <Folded summary={owner}>
                  <AccountLimits owner={owner} />
                </Folded>
              </li>
            ))}
          </ul>
        )
      }
    </Shown>
  );
}
