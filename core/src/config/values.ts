import { z } from "zod";

/*
 * Schemas of single environment values. Values are trimmed before (see `tidy`), and an empty one counts as absent, as in most
 * shells' `VAR= command`. Each error says in words what was expected, because the message is all that an operator sees.
 */

/** The value without surrounding blanks, and without the quotes that `docker run --env-file` passes on. */
export function tidy(text: string): string {
  const trimmed = text.trim();
  return /^(["'])(.*)\1$/s.exec(trimmed)?.[2]?.trim() ?? trimmed;
}

/** Expands `~` at the start of a path, also after `sqlite:`, `file:` or `deno:`; null when there is no home folder, or for `~user`. */
export function expandHome(text: string, home: string | undefined): string | null {
  const [, scheme = "", name = "", rest = ""] = /^([a-z]+:(?:\/\/)?)?~([^/]*)(.*)$/is.exec(text) ?? [text];
  if (!/^([a-z]+:(\/\/)?)?~/i.test(text)) return text;
  return name !== "" || home === undefined || home === "" ? null : `${scheme}${home}${rest}`;
}

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

/** A number of bytes, at least `min`: `1073741824`, `500MB`, `2GiB`. */
export const bytes = (min: number) =>
  z.string().transform((text, context) => {
    const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
    const unit = units[(match?.[2] ?? "?").toLowerCase()];
    const value = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
    if (value >= min && Number.isSafeInteger(value)) return value;
    context.addIssue({ code: "custom", message: `expected a size such as 500MB or 2GiB${min > 0 ? ", not 0" : ""}` });
    return z.NEVER;
  });

/** Lists of YouTube's players as yt-dlp names them, separated by spaces: `web_embedded,tv mweb`; `none`: an empty list. */
export const playerLists = z.string().transform((text, context) => {
  const lists = text.split(/\s+/);
  if (text.toLowerCase() === "none") return [];
  if (lists.every((list) => /^-?[a-z][a-z_]*(,-?[a-z][a-z_]*)*$/.test(list))) return lists;
  context.addIssue({ code: "custom", message: "expected names of players such as `web_embedded,tv mweb`, or `none`" });
  return z.NEVER;
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

/** A fraction from 0 to 1. */
export const share = z.string().transform((text, context) => {
  const value = Number(text);
  if (text === "" || !(value >= 0 && value <= 1)) {
    context.addIssue({ code: "custom", message: "expected a number from 0 to 1, such as 0.1" });
    return z.NEVER;
  }
  return value;
});

/** Words separated by commas, semicolons or blanks. */
export const words = (text: string): string[] => text.split(/[\s,;]+/).filter((word) => word !== "");

/** One of several words, in any case; `otherNames` are accepted as synonyms. */
export const choice = <const T extends string>(
  names: readonly T[],
  otherNames: Readonly<Record<string, T>> = {},
): z.ZodType<T, string> =>
  z.string().transform((text, context) => {
    const word = text.toLowerCase();
    const name = names.find((candidate) => candidate === word) ?? otherNames[word];
    if (name !== undefined) return name;
    context.addIssue({ code: "custom", message: `expected ${names.join(", ").replace(/, ([^,]*)$/, " or $1")}` });
    return z.NEVER;
  });

const onMachine: readonly string[] = ["sqlite", "file"];

/** A URL with one of these schemes (without `:`). `sqlite:` and `file:` are followed by a path. */
export const urlOf = (...schemes: readonly string[]) =>
  z.string().transform((text, context) => {
    const [scheme = ""] = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(text) ?? [];
    const rest = text.slice(scheme.length + 1);
    const known = schemes.includes(scheme.toLowerCase());
    const names = onMachine.includes(scheme.toLowerCase()) ? !/^(\/\/)?$/.test(rest) : /^\/\/[^\s]/.test(rest);
    if (known && names && URL.canParse(text)) return `${scheme.toLowerCase()}:${rest}`;
    const forms = schemes.map((name) => (onMachine.includes(name) ? `${name}:PATH` : `${name}://…`));
    context.addIssue({ code: "custom", message: `expected ${forms.join(" or ")}` });
    return z.NEVER;
  });

/** A base URL for paths: without a slash at its end, a query, a fragment or a user name. */
export const webAddress = urlOf("http", "https").transform((text, context) => {
  const url = new URL(text);
  if (url.search === "" && url.hash === "" && url.username === "") return text.replace(/[/?#]+$/, "");
  context.addIssue({ code: "custom", message: "expected an address without a query, a fragment or a user name" });
  return z.NEVER;
});

const leastKeyLength = 32;

/** Keys separated by commas, each long enough not to be guessed. */
export const secretKeys = z
  .string()
  .transform((text) => text.split(",").map((key) => key.trim()))
  .refine(
    (keys) => keys.every((key) => key.length >= leastKeyLength),
    `expected at least ${leastKeyLength} characters, for example of \`openssl rand -base64 32\`; several separated by commas`,
  );
