import { ConfigError } from "../config/config.ts";
import type { VariableName } from "../config/variables.ts";
import { AppError, isAppError } from "../errors/app-error.ts";
import { type ErrorCode, errorCodes } from "../errors/codes.ts";

/*
 * Messages name settings as those who run a service do, and the parts of a service. A program that Vidferry runs in sets the same
 * things as options, and has none of those parts: the one text of each message is told to it in its own words.
 */

/** What a program sets in place of a variable. */
const options: Readonly<Partial<Record<VariableName, string>>> = {
  ALLOWED_HOSTS: "hosts",
  ALLOW_LIVE: "liveSeconds",
  ALLOW_PRIVATE_HOSTS: "hosts",
  CA_FILE: "caFile",
  COOKIES_FILE: "cookiesFile",
  DATABASE_URL: "database",
  ENGINE_INDEX: "engineIndex",
  JOB_TIMEOUT_SECONDS: "limits.timeoutMs",
  LIBRETRANSLATE_API_KEY: "libreTranslate.apiKey",
  LIBRETRANSLATE_URL: "libreTranslate",
  MAX_DURATION_SECONDS: "maxDurationSeconds",
  MAX_FILE_BYTES: "limits.maxFileBytes",
  MIN_FREE_BYTES: "reserveBytes",
  PROXY_URL: "proxyUrl",
  QUEUE_URL: "queue",
  STALL_TIMEOUT_SECONDS: "limits.stallMs",
  STORAGE_URL: "blobs",
  TRANSCRIBER_KEY: "speechToText.key",
  TRANSCRIBER_URL: "speechToText",
  VIDFERRY_JS_RUNTIME: "jsRuntime",
  WORKER_CONCURRENCY: "concurrency",
  WORK_DIR: "dataDir",
};

/** Other words, the longer ones first. */
const words: readonly (readonly [RegExp, string])[] = [
  [/the operator gives cookies to the service, in COOKIES_FILE/g, "give them to `createVidferry` as `cookiesFile`"],
  [/, or ask the operator which egresses there are/g, ""],
  [/ on the worker\b/g, ""],
  [/\b([Tt]he) worker's /g, "$1 "],
  [/\b([Tt]he) worker\b/g, "$1 process"],
  [/\bthis egress\b/g, "this address"],
  [/ of the egress \S+(?= failed)/g, ""],
  [/`vidferry doctor`/g, "`check`"],
  [/`vidferry migrate`/g, "`migrate` of the database"],
  [/\bPOST (?:\/api\/v1)?\/probe\b/g, "`probe`"],
];

/** A message in the words of those who call the library. */
export function inLibraryWords(text: string): string {
  const said = words.reduce((before, [word, other]) => before.replaceAll(word, other), text);
  return said.replaceAll(/(`?)\b([A-Z]+(?:_[A-Z]+)+)\b\1/g, (written, _, name: VariableName) =>
    options[name] === undefined ? written : `\`${options[name]}\``,
  );
}

/** What to do about a failure, for those who call the library. */
export function libraryHint({ code, hint }: { readonly code: ErrorCode; readonly hint: string }): string {
  const { hint: general, embeddedHint } = errorCodes[code];
  return inLibraryWords(hint === general ? (embeddedHint ?? hint) : hint);
}

/** An error in the words of those who call the library, with the original as its cause; what has none of our words stays as it is. */
export function libraryError(error: unknown): unknown {
  if (error instanceof ConfigError) return new ConfigError(error.problems.map(inLibraryWords));
  if (!isAppError(error)) return error;
  const message = inLibraryWords(error.message);
  const hint = libraryHint(error);
  const fields = error.fields.map((field) => ({ ...field, message: inLibraryWords(field.message) }));
  const isSame =
    message === error.message &&
    hint === error.hint &&
    fields.every((field, index) => field.message === error.fields[index]?.message);
  if (isSame) return error;
  const { retryAt, permanent, quota } = error;
  return new AppError(error.code, message, {
    ...{ cause: error, hint, fields, permanent },
    ...(retryAt !== null && { retryAt }),
    ...(quota !== null && { quota }),
  });
}
