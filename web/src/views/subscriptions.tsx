import { useSignal } from "@preact/signals";
import type { Schedule } from "@vidferry/sdk";
import { formatWhen } from "../format/time.ts";
import { copy } from "../jobs/actions.ts";
import { choice, requestOf } from "../jobs/presets.ts";
import { t } from "../language/language.ts";
import { Shown, useLoaded } from "../parts/loaded.tsx";
import { attempt, notify } from "../parts/notices.ts";
import { addressOf, vidferry } from "../service.ts";
import { Options } from "./downloads/options.tsx";

const lookMs = 15_000;
const shown = 100;
const patterns = { hourly: "0 * * * *", daily: "0 6 * * *", weekly: "0 6 * * 1" } as const;

/** Channels and lists that are looked at again and again. */
export function Subscriptions() {
  const loaded = useLoaded(() => vidferry.schedules.list({ limit: shown }).toArray({ limit: shown }), lookMs);
  return (
    <>
      <h1>{t("app.subscriptions")}</h1>
      <NewSubscription onMade={loaded.reload} />
      <Shown loaded={loaded}>
        {(all) =>
          all.length === 0 ? (
            <p class="empty muted">{t("schedule.empty")}</p>
          ) : (
            <ul class="cards">
              {all.map((one) => (
                <Card key={one.id} schedule={one} onChange={loaded.reload} />
              ))}
            </ul>
          )
        }
      </Shown>
    </>
  );
}

function NewSubscription({ onMade }: { readonly onMade: () => void }) {
  const every = useSignal<keyof typeof patterns>("daily");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    attempt(async () => {
      const url = String(fields.get("url")).trim();
      await vidferry.schedules.create({
        name: String(fields.get("name")).trim() || url,
        cron: patterns[every.value],
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        batch: { source: { url }, request: requestOf(choice.value) },
        onlyNew: true,
      });
      form.reset();
      onMade();
    });
  };
  return (
    <details class="card">
      <summary>{t("schedule.new")}</summary>
      <form onSubmit={submit} class="details">
        <label>
          {t("schedule.link")}
          <input name="url" required autocapitalize="off" spellcheck={false} />
        </label>
        <label>
          {t("schedule.name")}
          <input name="name" maxLength={200} />
        </label>
        <label>
          {t("schedule.every")}
          <select
            value={every.value}
            onChange={(event) => (every.value = event.currentTarget.value as keyof typeof patterns)}
          >
            <option value="hourly">{t("schedule.hourly")}</option>
            <option value="daily">{t("schedule.daily")}</option>
            <option value="weekly">{t("schedule.weekly")}</option>
          </select>
        </label>
        <Options />
        <button type="submit" class="primary">
          {t("schedule.create")}
        </button>
      </form>
    </details>
  );
}

function Card({ schedule, onChange }: { readonly schedule: Schedule; readonly onChange: () => void }) {
  const { id, name, state, nextRunAt, lastRunAt, lastResult } = schedule;
  const doing = (work: () => Promise<unknown>): void =>
    attempt(async () => {
      await work();
      onChange();
    });
  const facts = [
    nextRunAt === null ? "" : t("schedule.next", { time: formatWhen(nextRunAt) }),
    lastRunAt === null ? "" : t("schedule.last", { time: formatWhen(lastRunAt) }),
    lastResult?.new == null ? "" : t("schedule.lastNew", { count: lastResult.new }),
  ].filter((fact) => fact !== "");
  return (
    <li class="card">
      <h2>
        <bdi>{name}</bdi>
      </h2>
      <p class="muted">{facts.join(" · ")}</p>
      {state !== "active" && <span class="badge">{t(`schedule.${state}`)}</span>}
      {lastResult?.error != null && <p class="problem">{lastResult.error.detail}</p>}
      <div class="line">
        <button type="button" onClick={() => doing(() => vidferry.schedules.run(id))}>
          {t("schedule.run")}
        </button>
        {state === "active" && (
          <button type="button" onClick={() => doing(() => vidferry.schedules.pause(id))}>
            {t("schedule.pause")}
          </button>
        )}
        {state === "paused" && (
          <button type="button" onClick={() => doing(() => vidferry.schedules.resume(id))}>
            {t("schedule.resume")}
          </button>
        )}
        <button
          type="button"
          onClick={() =>
            doing(async () => {
              const { url } = await vidferry.schedules.openFeed(id);
              await copy(new URL(addressOf(url), location.href).href);
              notify(t("schedule.feedCopied"));
            })
          }
        >
          {t("schedule.feed")}
        </button>
        <button type="button" onClick={() => doing(() => vidferry.schedules.delete(id))}>
          {t("do.delete")}
        </button>
      </div>
    </li>
  );
}
