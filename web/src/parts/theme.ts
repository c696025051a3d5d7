import { signal } from "@preact/signals";
import { readStored, store } from "./stored.ts";

export type Theme = "auto" | "light" | "dark";

/** `auto`: as the device is set. */
export const theme = signal<Theme>(readStored<Theme>("theme", "auto"));

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme.value;
}

const next: Readonly<Record<Theme, Theme>> = { auto: "dark", dark: "light", light: "auto" };

export function turnTheme(): void {
  theme.value = next[theme.value] ?? "auto";
  store("theme", theme.value);
  applyTheme();
}
