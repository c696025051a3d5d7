import { language } from "../language/language.ts";

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size for people: `1.4 MB`. */
export function formatBytes(bytes: number): string {
  let power = 0;
  let value = bytes;
  // What would be shown as 1,000 of a unit is one of the next.
  while (power < units.length - 1 && roundFor(power, value) >= 1_000) {
    value /= 1_000;
    power += 1;
  }
  return value.toLocaleString(language, {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: digitsOf(power),
  });
}

const digitsOf = (power: number): number => (power < 2 ? 0 : 1);

const roundFor = (power: number, value: number): number => {
  const step = 10 ** digitsOf(power);
  return Math.round(value * step) / step;
};

const sizes: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** Bytes from `50 GB`, `1,5 TB` or `1000`; null: it is none of them. */
export function readBytes(text: string): number | null {
  const [, number = "", unit = ""] = /^(\d+(?:[.,]\d+)?)\s*([kmgt]?)b?$/i.exec(text.trim()) ?? [];
  const size = sizes[unit.toLowerCase()];
  const value = Number(number.replace(",", "."));
  return number === "" || size === undefined ? null : Math.round(value * size);
}
