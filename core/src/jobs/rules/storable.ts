// PostgreSQL refuses NUL in text and jsonb, and lone surrogates in jsonb; both come in titles. Every store drops them alike.
const escapedIllegal = /\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})/;

/** The text without characters that a database refuses: NUL is dropped, lone surrogates become U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

const endOfTime = Date.UTC(9999, 11, 31);

/** The time, clamped to the years 1970 to 9999: PostgreSQL has no year 0 and formats later years differently. */
export function storableTime(time: Date): Date {
  return new Date(Math.min(Math.max(time.getTime(), 0), endOfTime));
}

// Longer than any real delay; a source may announce any year.
const longestMs = 100 * 365 * 86_400_000;

/** The time span, capped at a hundred years: beyond that no Date may represent its end. */
export const storableSpan = (ms: number): number => Math.min(ms, longestMs);

/** JSON text of a value whose strings every database takes (see {@link storableText}). */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // JSON.stringify escapes NUL and lone surrogates and nothing else like them, so most values are done here.
  return escapedIllegal.test(text) ? JSON.stringify(cleaned(value)) : text;
}

/** A copy of a JSON value as it comes back from a store. */
export function storedCopy<T>(value: T): T {
  return JSON.parse(storableJson(value)) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [storableText(key), cleaned(entry)]));
}
