import { useSignal } from "@preact/signals";
import { batches, noteBatch } from "../jobs/batches.ts";
import { t } from "../language/language.ts";
import { Empty } from "../parts/empty.tsx";
import { Shown, useLoaded } from "../parts/loaded.tsx";
import { attempt } from "../parts/notices.ts";
import { vidferry } from "../service.ts";
import { CollectionCard } from "./collection-card.tsx";

const shown = 50;

/** Lists and channels, each as one card with its totals. */
export function Collections() {
  const next = useSignal<string | null>(null);
  const load = async (cursor: string | null): Promise<number> => {
    const page = await vidferry.batches.list({ limit: shown, ...(cursor === null ? {} : { cursor }) });
    noteBatch(...page.data);
    next.value = page.nextCursor;
    return page.data.length;
  };
  const loaded = useLoaded(() => load(null));
  return (
    <>
      <h1>{t("app.collections")}</h1>
      <Shown loaded={loaded}>
        {() => {
          const all = [...batches.value.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
          if (all.length === 0) return <Empty text={t("batch.empty")} />;
          return (
            <>
              <ul class="cards">
                {all.map((one) => (
                  <CollectionCard key={one.id} batch={one} />
                ))}
              </ul>
              {next.value !== null && (
                <button type="button" onClick={() => attempt(() => load(next.value))}>
                  {t("app.more")}
                </button>
              )}
            </>
          );
        }}
      </Shown>
    </>
  );
}
