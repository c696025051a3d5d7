import type { Schedule } from "@vidferry/sdk";
import { formatWhen } from "../format/time.ts";
import { noFilter } from "../jobs/job-filter.ts";
import { show } from "../jobs/job-list.ts";
import { t } from "../language/language.ts";
import { ask } from "../parts/ask.tsx";
import { copy } from "../parts/copy.ts";
import { attempt, notify } from "../parts/notices.ts";
import { go, hrefOf } from "../route.ts";
import { addressOf, vidferry } from "../service.ts";

interface CardProps {
  readonly schedule: Schedule;
  readonly onChange: () => void;
}

/** A subscription: when it looks next, what it found last, and what can be done to it. */
export function SubscriptionCard({ schedule, onChange }: CardProps) {
  const { id, name, state, lastRunAt, lastResult, upcoming, cron, timeZone, batch, download } = schedule;
  const doing = (work: () => Promise<unknown>): void =>
    attempt(async () => {
      await work();
      onChange();
    });
  const remove = async (): Promise<void> => {
    if (await ask(t("schedule.ask", { name }), t("do.delete"))) await vidferry.schedules.delete(id);
  };
  const copyFeed = async (): Promise<void> => {
    const { url } = await vidferry.schedules.openFeed(id);
    await copy(new URL(addressOf(url), location.href).href);
    notify(t("schedule.feedCopied"));
  };
  const link = batch?.source?.url ?? download?.url ?? null;
  return (
    <li class="card">
      <h2>
        <bdi>{name}</bdi>
      </h2>
      {link !== null && link !== name && <bdi class="muted small">{link}</bdi>}
      {state !== "active" && <span class="badge">{t(`schedule.${state}`)}</span>}
      {state === "active" && <Upcoming times={upcoming} />}
      {cron !== null && (
        <p class="muted small">
          <code>{cron}</code> {timeZone}
        </p>
      )}
      {lastRunAt !== null && (
        <p class="muted">
          {t("schedule.last", { time: formatWhen(lastRunAt) })}
          {lastResult?.new != null && ` · ${t("schedule.lastNew", { count: lastResult.new })}`}
        </p>
      )}
      {lastResult?.error != null && <p class="problem">{`${lastResult.error.detail} ${lastResult.error.hint}`}</p>}
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
        {lastResult?.batchId != null && (
          <button
            type="button"
            onClick={() => {
              void show({ ...noFilter, batchId: lastResult.batchId });
              go("/");
            }}
          >
            {t("batch.open")}
          </button>
        )}
        {lastResult?.jobId != null && (
          <a class="button" href={hrefOf(`/downloads/${lastResult.jobId}`)}>
            {t("do.details")}
          </a>
        )}
        <button type="button" onClick={() => doing(copyFeed)}>
          {t("schedule.feed")}
        </button>
        <button type="button" onClick={() => doing(remove)}>
          {t("do.delete")}
        </button>
      </div>
    </li>
  );
}

/** The next times, of which the first is the one that people ask for. */
function Upcoming({ times: [next, ...later] }: { readonly times: readonly string[] }) {
  if (next === undefined) return null;
  return (
    <details>
      <summary>{t("schedule.next", { time: formatWhen(next) })}</summary>
      <ol class="muted small">
        {later.map((time) => (
          <li key={time}>{formatWhen(time)}</li>
        ))}
      </ol>
    </details>
  );
}
