import { ApiError } from "@vidferry/sdk";

/** What went wrong, for a person and for whoever helps. */
export interface Problem {
  readonly text: string;
  /** Of the request that was answered with an error; null: there was no answer. */
  readonly requestId: string | null;
}

/** What went wrong, in words for a person. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) {
    return { text: error instanceof Error ? error.message : String(error), requestId: null };
  }
  const fields = error.fields.map(({ path, message }) => `${path}: ${message}`).join("; ");
  const text = [error.problem?.detail ?? error.message, fields, error.hint].filter(Boolean).join(" ");
  return { text, requestId: error.requestId };
}
