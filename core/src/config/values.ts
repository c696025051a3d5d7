import { z } from "zod";

/*
 * Readers of single environment values. An empty value counts as absent, as in most shells' `VAR= command`.
 * Each says in words what it expects, because its message is all an operator sees.
 */

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
  t: 1e12,
  tb: 1e12,
  tib: 1024 ** 4,
};

/** A number of bytes: `1073741824`, `500MB`, `2GiB`. */
export const bytes = z.string().transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = units[(match?.[2] ?? "?").toLowerCase()];
  if (match === null || unit === undefined) {
    context.addIssue({ code: "custom", message: "expected a size such as 500MB or 2GiB" });
    return z.NEVER;
  }
  return Math.round(Number(match[1]) * unit);
});

/** A whole number in a range. */
export const integer = (min: number, max: number) =>
  z.string().transform((text, context) => {
    const value = Number(text.trim());
    if (!/^\d+$/.test(text.trim()) || value < min || value > max) {
      context.addIssue({ code: "custom", message: `expected a whole number from ${min} to ${max}` });
      return z.NEVER;
    }
    return value;
  });

/** A share of a whole, from 0 to 1. */
export const share = z.string().transform((text, context) => {
  const value = Number(text.trim());
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    context.addIssue({ code: "custom", message: "expected a number from 0 to 1, such as 0.1" });
    return z.NEVER;
  }
  return value;
});

/** Words separated by commas. */
export const list = z.string().transform((text) =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== ""),
);

/** A URL with one of these schemes (without `:`). */
export const urlOf = (...schemes: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), {
    message: `expected a URL that starts with ${schemes.map((scheme) => `${scheme}:`).join(" or ")}`,
  });
