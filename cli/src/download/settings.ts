import { type Config, ConfigError } from "@vidferry/core";
import { UsageError } from "@vidferry/core/program";
import { cookieFileProblem } from "@vidferry/core/yt-dlp";
import type { Invocation } from "../command-line/invocation.ts";

/** Options that replace settings. */
export interface SourceFlags {
  readonly cookies?: string | undefined;
  readonly proxy?: string | undefined;
}

/** The settings, with what options replace; what is wrong with those is told by their own names. Throws {@link UsageError}. */
export function readSettings(it: Invocation, { cookies, proxy }: SourceFlags): Config {
  const badCookies = cookies === undefined ? null : cookieFileProblem(cookies);
  if (badCookies !== null) throw new UsageError(`--cookies: ${badCookies}`);
  try {
    return it.config({
      ...(cookies !== undefined && { COOKIES_FILE: cookies }),
      ...(proxy !== undefined && { PROXY_URL: proxy }),
    });
  } catch (error) {
    if (!(error instanceof ConfigError) || proxy === undefined) throw error;
    const problem = error.problems.find((text) => text.startsWith("PROXY_URL"));
    throw problem === undefined ? error : new UsageError(problem.replace(/^PROXY_URL/, "--proxy"));
  }
}

/** A number of an option. Throws {@link UsageError}. */
export function readCount(text: string | undefined, option: string, most: number): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= most) return count;
  throw new UsageError(`${option}: expected a number from 1 to ${most}, not ${JSON.stringify(text)}`);
}
