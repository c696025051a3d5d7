import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { AppError, isAppError } from "../../errors/app-error.ts";
import type { Check } from "../../pipeline/downloader.ts";
import { runCheck } from "../../pipeline/run-check.ts";
import type { SpokenSound, Transcriber } from "../../pipeline/transcriber.ts";
import { askJson, askWhetherThere, type OperatorServer, refusedWith } from "../operator-server/index.ts";
import { transcriptOf } from "./answer.ts";
import { languageToName } from "./spoken-language.ts";

export interface TranscriberOptions {
  /** Base of its API, without a slash at the end; with or without `/v1`, or the whole address for transcriptions. */
  readonly url: string;
  readonly key?: string;
  /** Default: `whisper-1`. */
  readonly model?: string;
  /** For one request, which holds at most some minutes of sound. Default: 5 minutes. */
  readonly timeoutMs?: number;
  /** Waits before it is asked again, when it cannot answer for now. Default: 1, 5 and 20 s. */
  readonly pausesMs?: readonly number[];
}

/** A transcriber whose server can be asked whether it is there. */
export interface CheckedTranscriber extends Transcriber {
  check(signal?: AbortSignal): Promise<readonly Check[]>;
}

const checkTimeoutMs = 5_000;

/** What a server is asked for besides the text. */
interface Wish {
  readonly words: boolean;
  readonly language: string | null;
  /** A server that takes this wish, and not the one before it, cannot time words. */
  readonly isWithoutWords?: boolean;
}

/**
 * The {@link Transcriber} that asks a server with OpenAI's `POST /v1/audio/transcriptions`, as whisper.cpp, faster-whisper and
 * hosted ones have it. The server is the operator's: it is reached directly, not through the egress of sources.
 */
export function openAiTranscriber(options: TranscriberOptions): CheckedTranscriber {
  const { key, model = "whisper-1", timeoutMs = 300_000, pausesMs = [1_000, 5_000, 20_000] } = options;
  const base = options.url.replace(/\/audio\/transcriptions$/, "").replace(/\/v1$/, "");
  const server: OperatorServer = {
    name: "the transcriber",
    gives: "transcript",
    keySetting: "TRANSCRIBER_KEY",
    timeoutMs,
    pausesMs,
    // With the tokens and words of some minutes.
    maxAnswerBytes: 4 << 20,
    failure: (message, cause) => new AppError("transcription_failed", message, { cause }),
  };
  const headers = { accept: "application/json", ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  /** Not all servers can time words. */
  let timesWords = true;

  const form = (sound: SpokenSound, bytes: Uint8Array<ArrayBuffer>, { words, language }: Wish): FormData => {
    const body = new FormData();
    body.append("file", new Blob([bytes], { type: "audio/mpeg" }), basename(sound.path));
    body.append("model", model);
    body.append("response_format", "verbose_json");
    for (const each of words ? ["segment", "word"] : []) body.append("timestamp_granularities[]", each);
    if (language !== null) body.append("language", language);
    return body;
  };

  /** Asks with the first wish that the server takes. */
  const ask = async (
    sound: SpokenSound,
    [wish, ...others]: readonly [Wish, ...Wish[]],
    signal: AbortSignal,
  ): Promise<unknown> => {
    const bytes = new Uint8Array(await readFile(sound.path, { signal }));
    const request = (): RequestInit => ({ method: "POST", headers, body: form(sound, bytes, wish) });
    try {
      const answer = await askJson(server, `${base}/v1/audio/transcriptions`, request, signal);
      if (wish.isWithoutWords) timesWords = false;
      return answer;
    } catch (error) {
      const status = isAppError(error) ? refusedWith(error) : null;
      const [next, ...rest] = others;
      if (next === undefined || (status !== 400 && status !== 422)) throw error;
      return await ask(sound, [next, ...rest], signal);
    }
  };

  return {
    async transcribe(sound, { language, signal }) {
      const named = languageToName(language);
      const words = timesWords;
      const wishes: readonly [Wish, ...Wish[]] = [
        { words, language: named },
        ...(words ? [{ words: false, language: named, isWithoutWords: true }] : []),
        // It may not know the language by name.
        ...(named === null ? [] : [{ words, language: null }]),
      ];
      const answer = await ask(sound, wishes, signal);
      const transcript = transcriptOf(answer, sound.seconds);
      if (transcript !== null) return transcript;
      throw server.failure("the transcriber has answered something that is no transcript with times");
    },
    check: (signal) =>
      runCheck("transcriber", "Check TRANSCRIBER_URL, TRANSCRIBER_KEY and the speech-to-text server.", async () => {
        try {
          const asked = { ...server, timeoutMs: checkTimeoutMs };
          await askWhetherThere(asked, `${base}/v1/models`, headers, signal ?? new AbortController().signal);
          return [];
        } catch (error) {
          signal?.throwIfAborted();
          // Jobs succeed without it, with a warning.
          return [error instanceof AppError ? error.message : "does not answer"];
        }
      }),
  };
}
