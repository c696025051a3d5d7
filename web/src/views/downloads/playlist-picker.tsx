import { useSignal } from "@preact/signals";
import type { Probe } from "@vidferry/sdk";
import { formatLength } from "../../format/time.ts";
import { batchOf, batchOfList } from "../../jobs/actions.ts";
import { choice, requestOf } from "../../jobs/presets.ts";
import { t, tOr } from "../../language/language.ts";
import { attempt } from "../../parts/notices.ts";
import { vidferry } from "../../service.ts";

type List = Extract<Probe, { kind: "playlist" }>;

/** Entries that are added by each "Show more". */
const moreEntries = 100;

const isHad = ({ unavailable, kind }: List["entries"][number]): boolean => unavailable === null && kind === "video";

interface PlaylistPickerProps {
  readonly list: List;
  readonly link: string;
  readonly begin: (work: () => Promise<unknown>, count: number) => void;
}

/** What a list has, to choose from, page after page; or all of it, also what is not shown. */
export function PlaylistPicker({ list: first, link, begin }: PlaylistPickerProps) {
  const shown = useSignal(first);
  const list = shown.value;
  // A list may have a video twice; one job is enough.
  const entries = [...new Map(list.entries.map((entry) => [entry.url, entry])).values()];
  const had = entries.filter(isHad);
  const chosen = useSignal<ReadonlySet<string>>(new Set(had.map(({ url }) => url)));
  const more = (cursor: string): void =>
    attempt(async () => {
      const page = await vidferry.probe(link, { limit: moreEntries, cursor });
      if (page.kind !== "playlist") return;
      shown.value = { ...page, count: page.count ?? list.count, entries: [...list.entries, ...page.entries] };
      // Whoever has left something out chooses of the rest as well.
      if (chosen.value.size === had.length) {
        chosen.value = new Set([...chosen.value, ...page.entries.filter(isHad).map(({ url }) => url)]);
      }
    });
  const toggle = (url: string): void => {
    const next = new Set(chosen.value);
    if (!next.delete(url)) next.add(url);
    chosen.value = next;
  };
  const { nextCursor } = list;
  const count = list.count ?? list.entries.length;
  const urls = had.map(({ url }) => url).filter((url) => chosen.value.has(url));
  return (
    <section class="playlist">
      <h2>
        <bdi>{list.title ?? link}</bdi>
      </h2>
      <p class="muted">
        {t(list.count === null && nextCursor !== null ? "probe.entriesMore" : "probe.entries", { count })}
      </p>
      <div class="line">
        <button type="button" onClick={() => (chosen.value = new Set(had.map(({ url }) => url)))}>
          {t("probe.all")}
        </button>
        <button type="button" onClick={() => (chosen.value = new Set())}>
          {t("probe.none")}
        </button>
        <span class="muted">{t("probe.chosen", { count: urls.length, total: had.length })}</span>
      </div>
      <ol class="entries">
        {entries.map(({ url, title, durationSeconds, unavailable, kind }) => (
          <li key={url}>
            <label class="check">
              <input
                type="checkbox"
                disabled={unavailable !== null || kind !== "video"}
                checked={chosen.value.has(url)}
                onChange={() => toggle(url)}
              />
              <bdi>{title ?? url}</bdi>
              <span class="muted">
                {unavailable !== null
                  ? tOr("code", unavailable)
                  : durationSeconds === null
                    ? ""
                    : formatLength(durationSeconds)}
              </span>
            </label>
          </li>
        ))}
      </ol>
      <div class="line">
        {nextCursor !== null && (
          <button type="button" onClick={() => more(nextCursor)}>
            {t("app.more")}
          </button>
        )}
        <button
          type="button"
          class="primary"
          disabled={urls.length === 0}
          onClick={() => begin(() => batchOf(urls, requestOf(choice.value)), urls.length)}
        >
          {t("probe.downloadChosen", { count: urls.length })}
        </button>
        {nextCursor !== null && (
          <button type="button" onClick={() => begin(() => batchOfList(link, requestOf(choice.value)), count)}>
            {t("probe.whole")}
          </button>
        )}
      </div>
    </section>
  );
}
