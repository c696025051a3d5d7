import { de } from "./de.ts";
import { en, type Text, type TextKey } from "./en.ts";

const catalogues: Readonly<Record<string, Readonly<Record<TextKey, Text>>>> = { en, de };

/** The first language of the browser that there are texts in; else English. */
export const language: string =
  (navigator.languages ?? []).map((tag) => tag.split("-")[0] ?? "").find((tag) => Object.hasOwn(catalogues, tag)) ??
  "en";
const texts = catalogues[language] ?? en;
const plural = new Intl.PluralRules(language);

export type TextValues = Readonly<Record<string, string | number>>;

/** A text in the user's language. Of texts with forms, `count` chooses one. */
export function t(key: TextKey, values: TextValues = {}): string {
  const text = texts[key];
  const form = typeof text === "string" ? text : text[plural.select(Number(values["count"])) === "one" ? 0 : 1];
  return form.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? value.toLocaleString(language) : value;
  });
}

/** A text whose key is made of a value that a newer service may send; then the value itself. */
export function tOr(prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return Object.hasOwn(en, key) ? t(key as TextKey) : value;
}
