import { signal } from "@preact/signals";
import { readStored, store } from "./stored.ts";

export type Theme = "auto" | "light" | "dark";

const next: Readonly<Record<Theme, Theme>> = { auto: "dark", dark: "light", light: "auto" };

const stored = readStored<Theme>("theme", "auto");
/** `auto`: as the device is set, and where what was stored is none of them. */
export const theme = signal<Theme>(Object.hasOwn(next, stored) ? stored : "auto");

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme.value;
}

export function turnTheme(): void {
  theme.value = next[theme.value];
  store("theme", theme.value);
  applyTheme();
}
