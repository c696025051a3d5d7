import { language } from "../language/language.ts";

/** A length as players show it: `3:33`, `1:02:03`. */
export function formatLength(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Seconds from `3:33` or `213`; null: it is neither. */
export function readLength(text: string): number | null {
  const parts = text.trim().split(":");
  if (parts.length > 3 || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return null;
  return parts.reduce((sum, part) => sum * 60 + Number(part), 0);
}

const today = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const otherDay = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** A time of day, with the date unless it is today. */
export function formatWhen(time: string | Date): string {
  const date = new Date(time);
  return (date.toDateString() === new Date().toDateString() ? today : otherDay).format(date);
}

const spans = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** A long time in its largest whole unit: `7 days`, `36 hours`. */
export function formatSpan(seconds: number): string {
  const [unit, size] = spans.find(([, one]) => seconds >= one && seconds % one === 0) ?? ["second", 1];
  return (seconds / size).toLocaleString(language, { style: "unit", unit, unitDisplay: "long" });
}
