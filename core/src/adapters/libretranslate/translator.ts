import { AppError, isAppError } from "../../errors/app-error.ts";
import type { Translator } from "../../pipeline/translator.ts";
import { fitting } from "../../subtitles/language-match.ts";
import { sleep } from "../system/sleep.ts";
import { languagesOf, readJson, translationsOf } from "./answers.ts";
import { batchesOf } from "./batches.ts";

export interface LibreTranslateOptions {
  /** Base of its API, without a slash at the end. */
  readonly url: string;
  readonly apiKey?: string;
  /** For one request. Default: 60 s. */
  readonly timeoutMs?: number;
  /** Waits before it is asked again, when it cannot answer for now. Default: 1 and 5 s. */
  readonly pausesMs?: readonly number[];
}

/** A server that asks for a longer wait is not waited for. */
const longestPauseMs = 60_000;

/**
 * The {@link Translator} that asks a server with LibreTranslate's API. The server is the operator's: it is reached directly, not
 * through the egress of sources.
 */
export function libreTranslate(options: LibreTranslateOptions): Translator {
  const { url, apiKey, timeoutMs = 60_000, pausesMs = [1_000, 5_000] } = options;
  let known: readonly string[] | undefined;

  const once = async (path: string, body: object | null, signal: AbortSignal): Promise<Response> => {
    const request = body === null ? {} : { method: "POST", body: JSON.stringify(body) };
    try {
      return await fetch(url + path, {
        ...request,
        headers: { "content-type": "application/json", accept: "application/json" },
        // A redirect could lead the key elsewhere.
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw new AppError("source_error", "the translator cannot be reached", { cause: error });
    }
  };

  const ask = async (path: string, body: object | null, signal: AbortSignal): Promise<unknown> => {
    for (let tries = 0; ; tries += 1) {
      const answer = await once(path, body, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        return error as AppError;
      });
      if (answer instanceof Response && answer.ok) {
        return await readJson(answer).catch((error: unknown) => {
          signal.throwIfAborted();
          if (isAppError(error)) throw error;
          throw new AppError("source_error", "the translator's answer broke off", { cause: error });
        });
      }
      const refused = answer instanceof Response ? refusal(answer.status) : answer;
      const isPassing = !(answer instanceof Response) || answer.status === 429 || answer.status >= 500;
      const pauseMs = pausesMs[tries];
      const askedMs = answer instanceof Response ? retryAfterMs(answer) : 0;
      if (answer instanceof Response) await answer.body?.cancel();
      if (!isPassing || pauseMs === undefined || askedMs > longestPauseMs) throw refused;
      await sleep(Math.max(pauseMs, askedMs), signal);
    }
  };

  const languages = async (signal: AbortSignal): Promise<readonly string[]> => {
    known ??= languagesOf(await ask("/languages", null, signal));
    return known;
  };

  return {
    async translate(texts, { from, to, signal }) {
      const codes = await languages(signal);
      const best = (language: string) => fitting(language, codes, (code) => code)[0]?.item;
      const target = best(to);
      if (target === undefined) throw new AppError("source_error", `the translator does not know ${to}`);
      const body = { source: best(from) ?? "auto", target, format: "text", ...(apiKey && { api_key: apiKey }) };
      const translated: string[] = [];
      for (const batch of batchesOf(texts))
        translated.push(...translationsOf(await ask("/translate", { q: batch, ...body }, signal), batch));
      return translated;
    },
  };
}

function refusal(status: number): AppError {
  const why = status === 401 || status === 403 ? "refuses the key (LIBRETRANSLATE_API_KEY)" : `answers ${status}`;
  return new AppError("source_error", `the translator ${why}`);
}

function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get("retry-after") ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}
