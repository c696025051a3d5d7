import { readFile } from "node:fs/promises";
import { AppError, type ErrorCode, errorCodeNames } from "@vidferry/core";
import { UsageError } from "@vidferry/core/program";
import {
  ApiError,
  type ClientLogger,
  ConnectionError,
  JobFailedError,
  SaveError,
  Vidferry,
  VidferryError,
} from "@vidferry/sdk";
import type { Environment } from "../command-line/invocation.ts";
import type { ServerFlags } from "../options/server.ts";

/** A client of the server that the options or the environment name. Throws {@link UsageError}. */
export async function openClient(
  { server, keyFile }: ServerFlags,
  environment: Environment,
  logger?: ClientLogger,
): Promise<Vidferry> {
  const key =
    keyFile === undefined
      ? environment["VIDFERRY_API_KEY"]
      : await readFile(keyFile, "utf8").catch((error: unknown) => {
          throw new UsageError(
            `--key-file: ${keyFile} cannot be read (${error instanceof Error ? error.message : "unknown"})`,
          );
        });
  const baseUrl = server ?? environment["VIDFERRY_URL"];
  if (baseUrl === undefined || baseUrl === "")
    throw new UsageError("which server? Give --server URL, or set VIDFERRY_URL");
  try {
    // A key that is empty is none.
    return new Vidferry({ baseUrl, apiKey: key?.trim() || undefined, logger });
  } catch (error) {
    if (!(error instanceof VidferryError)) throw error;
    throw new UsageError(error.message.replace(/^baseUrl/, "--server").replace(/^apiKey/, "the key"));
  }
}

const isKnown = (code: string): code is ErrorCode => (errorCodeNames as readonly string[]).includes(code);

/** A code of a server, which may be of another version. */
export const codeFrom = (code: string): ErrorCode => (isKnown(code) ? code : "unavailable");

/** What went wrong with a server, as an error of ours; other errors as they are. */
export function fromServer(error: unknown): unknown {
  if (error instanceof ApiError || error instanceof JobFailedError) {
    const { message, hint } = error;
    return new AppError(codeFrom(error.code), message, { cause: error, hint });
  }
  if (error instanceof SaveError) {
    const code = error.reason === "disk_full" ? "disk_full" : "storage_error";
    return new AppError(code, error.message, {
      cause: error,
      hint: "Mend it, and start the command again: it continues.",
    });
  }
  if (error instanceof ConnectionError) {
    const hint = "Check --server and that the service runs, and start the command again: it continues.";
    return new AppError("unavailable", error.message, { cause: error, hint });
  }
  if (!(error instanceof VidferryError)) return error;
  return new AppError("unavailable", error.message, { cause: error, hint: "Check --server and the key." });
}

/** How that is told in a report. */
export function serverFailure(error: unknown): {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint: string | null;
} {
  const ours = fromServer(error);
  if (!(ours instanceof AppError)) throw error;
  return { code: ours.code, detail: ours.message, hint: ours.hint === "" ? null : ours.hint };
}
