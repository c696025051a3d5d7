/** The longest wait that a server may ask for and that is still waited for, in milliseconds. */
const longestAskedMs = 60_000;

/**
 * How long the answer asks to wait, in milliseconds: `retry-after-ms`, else `Retry-After` as seconds or as a date
 * (RFC 9110 §10.2.3). Null when it does not say, or says something else.
 */
export function retryAfterOf(headers: Headers, now: number): number | null {
  const exact = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (exact >= 0) return exact;
  const text = headers.get("retry-after");
  if (text === null) return null;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

/**
 * How long to wait before try number `retry` (1 is the first repetition), in milliseconds: what the server asked for if that
 * is bearable, else half a second doubled each time up to 8 s, less up to a quarter so that clients do not come back together.
 * Null: the server asked for so long a wait that the caller should decide.
 */
export function retryDelay(retry: number, askedMs: number | null, random: () => number = Math.random): number | null {
  if (askedMs !== null) return askedMs > longestAskedMs ? null : askedMs;
  return Math.min(8_000, 500 * 2 ** (retry - 1)) * (1 - random() / 4);
}

/** Whether an answer with this status may be another one next time. `x-should-retry` overrules the status. */
export function isPassing(response: Response): boolean {
  const said = response.headers.get("x-should-retry");
  if (said === "true" || said === "false") return said === "true";
  return response.status === 408 || response.status === 429 || response.status >= 500;
}
