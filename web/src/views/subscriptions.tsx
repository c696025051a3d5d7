import { t } from "../language/language.ts";
import { Empty } from "../parts/empty.tsx";
import { Shown, useLoaded } from "../parts/loaded.tsx";
import { vidferry } from "../service.ts";
import { NewSubscription } from "./new-subscription.tsx";
import { SubscriptionCard } from "./subscription-card.tsx";

const lookMs = 15_000;
const shown = 500;

/** Channels and lists that are looked at again and again, and downloads for later. */
export function Subscriptions() {
  const loaded = useLoaded(() => vidferry.schedules.list({ limit: 100 }).toArray({ limit: shown }), lookMs);
  return (
    <>
      <h1>{t("app.subscriptions")}</h1>
      <NewSubscription onMade={loaded.reload} />
      <Shown loaded={loaded}>
        {(all) =>
          all.length === 0 ? (
            <Empty text={t("schedule.empty")} />
          ) : (
            <ul class="cards">
              {all.map((one) => (
                <SubscriptionCard key={one.id} schedule={one} onChange={loaded.reload} />
              ))}
            </ul>
          )
        }
      </Shown>
    </>
  );
}
