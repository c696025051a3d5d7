import { AppError } from "../../errors/app-error.ts";
import type { Check } from "../../pipeline/downloader.ts";
import { runCheck } from "../../pipeline/run-check.ts";
import type { Translator } from "../../pipeline/translator.ts";
import { fitting } from "../../subtitles/language-match.ts";
import { askJson, type OperatorServer } from "../operator-server/index.ts";
import { languagesOf, translationsOf } from "./answers.ts";
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

/** A translator whose server can be asked whether it is there. */
export interface CheckedTranslator extends Translator {
  check(signal?: AbortSignal): Promise<readonly Check[]>;
}

const checkTimeoutMs = 5_000;

/**
 * The {@link Translator} that asks a server with LibreTranslate's API. The server is the operator's: it is reached directly, not
 * through the egress of sources.
 */
export function libreTranslate(options: LibreTranslateOptions): CheckedTranslator {
  const { url, apiKey, timeoutMs = 60_000, pausesMs = [1_000, 5_000] } = options;
  const server: OperatorServer = {
    name: "the translator",
    gives: "translation",
    keySetting: "LIBRETRANSLATE_API_KEY",
    timeoutMs,
    pausesMs,
    // More than the longest translation of a batch.
    maxAnswerBytes: 1 << 20,
    failure: (message, cause) => new AppError("source_error", message, { cause }),
  };
  let known: readonly string[] | undefined;

  const request = (body: object | null): RequestInit => ({
    ...(body === null ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers: { "content-type": "application/json", accept: "application/json" },
  });

  const languages = async (signal: AbortSignal): Promise<readonly string[]> => {
    known ??= languagesOf(await askJson(server, `${url}/languages`, () => request(null), signal));
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
      for (const batch of batchesOf(texts)) {
        const answer = await askJson(server, `${url}/translate`, () => request({ q: batch, ...body }), signal);
        translated.push(...translationsOf(answer, batch));
      }
      return translated;
    },
    check: (signal) =>
      runCheck("translator", "Check LIBRETRANSLATE_URL and the LibreTranslate server.", async () => {
        const asked = { ...server, timeoutMs: checkTimeoutMs, pausesMs: [] };
        const never = new AbortController().signal;
        try {
          languagesOf(await askJson(asked, `${url}/languages`, () => request(null), signal ?? never));
          return [];
        } catch (error) {
          signal?.throwIfAborted();
          // Jobs succeed without it, with a warning.
          return [error instanceof AppError ? error.message : "does not answer"];
        }
      }),
  };
}
