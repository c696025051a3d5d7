import { useSignal } from "@preact/signals";
import { choice, requestOf } from "../jobs/presets.ts";
import { cronOf, type Rhythm, rhythms } from "../jobs/rhythm.ts";
import { language, t } from "../language/language.ts";
import { attempt } from "../parts/notices.ts";
import { vidferry } from "../service.ts";
import { Options } from "./downloads/options.tsx";

/** Monday first; 2026-11-02 was one. */
const days = [1, 2, 3, 4, 5, 6, 0].map((day, at) => ({
  day,
  name: new Date(2026, 10, 2 + at).toLocaleDateString(language, { weekday: "long" }),
}));

/** Makes a subscription out of a link, a rhythm and what is chosen of each video. */
export function NewSubscription({ onMade }: { readonly onMade: () => void }) {
  const rhythm = useSignal<Rhythm>("daily");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const text = (name: string): string => String(fields.get(name) ?? "").trim();
    attempt(async () => {
      const url = text("url");
      await vidferry.schedules.create({
        name: text("name") || url,
        cron: cronOf(rhythm.value, { at: text("at"), day: Number(text("day")), own: text("cron") }),
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        batch: { source: { url }, request: requestOf(choice.value) },
        onlyNew: true,
      });
      form.reset();
      onMade();
    });
  };
  const chosen = rhythm.value;
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
        <div class="line">
          <label>
            {t("schedule.every")}
            <select value={chosen} onChange={(event) => (rhythm.value = event.currentTarget.value as Rhythm)}>
              {rhythms.map((one) => (
                <option key={one} value={one}>
                  {t(`schedule.${one}`)}
                </option>
              ))}
            </select>
          </label>
          {chosen === "weekly" && (
            <label>
              {t("schedule.day")}
              <select name="day">
                {days.map(({ day, name }) => (
                  <option key={day} value={day}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          {(chosen === "daily" || chosen === "weekly") && (
            <label>
              {t("schedule.at")}
              <input name="at" type="time" required defaultValue="06:00" />
            </label>
          )}
          {chosen === "own" && (
            <label>
              {t("schedule.cron")}
              <input name="cron" required defaultValue="0 */6 * * *" spellcheck={false} />
            </label>
          )}
        </div>
        <Options />
        <button type="submit" class="primary">
          {t("schedule.create")}
        </button>
      </form>
    </details>
  );
}
