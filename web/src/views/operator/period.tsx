import { computed, signal } from "@preact/signals";
import { t } from "../../language/language.ts";

const hourMs = 3_600_000;

/** How far back the figures go, and by what they are grouped. */
const periods = {
  day: { hours: 24, by: "hour" },
  week: { hours: 7 * 24, by: "day" },
  month: { hours: 30 * 24, by: "day" },
} as const;

type PeriodName = keyof typeof periods;
const names = Object.keys(periods) as PeriodName[];

const chosen = signal<PeriodName>("day");
export const period = computed(() => ({ name: chosen.value, ...periods[chosen.value] }));

/** When the period began, as the service takes it. */
export const periodStart = (): string => new Date(Date.now() - period.peek().hours * hourMs).toISOString();

export function PeriodTabs() {
  return (
    <fieldset class="tabs">
      <legend class="unseen">{t("operator.period")}</legend>
      {names.map((name) => (
        <button key={name} type="button" aria-pressed={chosen.value === name} onClick={() => (chosen.value = name)}>
          {t(`period.${name}`)}
        </button>
      ))}
    </fieldset>
  );
}
