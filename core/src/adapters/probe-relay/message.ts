import { AppError, type ErrorCode, errorCodes, toAppError } from "../../errors/index.ts";
import type { Probe } from "../../pipeline/downloader.ts";

/** A question: the link and the options of the probe. */
export interface ProbeQuestion {
  readonly url: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly holder?: string;
  readonly owner?: string;
  readonly through?: string;
  readonly reuse?: "never";
}

/** An answer as it goes over the board. Of an error only what clients may see: never its cause. */
type ProbeAnswer =
  | { readonly probe: Probe }
  | {
      readonly error: {
        readonly code: ErrorCode;
        readonly detail: string;
        readonly hint: string;
        readonly retryAt: string | null;
      };
    };

/** The question a text carries, or null when it is none. */
export function parseQuestion(text: string): ProbeQuestion | null {
  try {
    const value = JSON.parse(text) as Partial<ProbeQuestion> | null;
    if (typeof value?.url !== "string") return null;
    const { url, limit, cursor, holder, owner, through, reuse } = value;
    return {
      url,
      ...(typeof limit === "number" ? { limit } : {}),
      ...(typeof cursor === "string" ? { cursor } : {}),
      ...(typeof holder === "string" ? { holder } : {}),
      ...(typeof owner === "string" ? { owner } : {}),
      ...(typeof through === "string" ? { through } : {}),
      ...(reuse === "never" ? { reuse } : {}),
    };
  } catch {
    return null;
  }
}

/** An answer as text. One of more than `maxBytes` becomes an error that says so. */
export function formatProbe(probe: Probe, maxBytes: number): string {
  const text = JSON.stringify({ probe } satisfies ProbeAnswer);
  if (Buffer.byteLength(text) <= maxBytes) return text;
  return formatFailure(
    new AppError("source_error", "The link offers more than can be passed on.", {
      hint: "Ask for fewer entries with `limit`.",
    }),
  );
}

/** A failure as text; what is not an AppError becomes `internal_error`. */
export function formatFailure(failure: unknown): string {
  const { code, message, hint, retryAt } = toAppError(failure);
  const error = { code, detail: message.slice(0, 2_000), hint, retryAt: retryAt?.toISOString() ?? null };
  return JSON.stringify({ error } satisfies ProbeAnswer);
}

/** What an answer says. Throws the error that it carries; `internal_error` when it is no answer, or of a kind that this version does not know. */
export function readAnswer(text: string): Probe {
  const answer = parse(text);
  if (answer !== null && "probe" in answer) return answer.probe;
  if (answer === null || !Object.hasOwn(errorCodes, answer.error.code)) {
    throw new AppError("internal_error", "The worker's answer cannot be read.");
  }
  const { code, detail, hint, retryAt } = answer.error;
  throw new AppError(code, detail, { hint, ...(retryAt === null ? {} : { retryAt: new Date(retryAt) }) });
}

function parse(text: string): ProbeAnswer | null {
  try {
    const value = JSON.parse(text) as ProbeAnswer | null;
    const kind = value !== null && "probe" in value ? value.probe?.kind : undefined;
    if (kind === "video" || kind === "playlist") return value;
    return value !== null && "error" in value && typeof value.error?.code === "string" ? value : null;
  } catch {
    return null;
  }
}
