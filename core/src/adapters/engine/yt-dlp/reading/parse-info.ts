import { AppError } from "../../../../errors/app-error.ts";
import { webOnly } from "../addresses.ts";
import { foreignScheme } from "../errors.ts";
import { Info } from "../info.ts";
import { countValues } from "./count-values.ts";

/** Largest accepted info JSON, in bytes: a channel with ten thousand videos has about 10 MB. */
export const maxInfoBytes = 16 << 20;
/** Most values in it: each takes about 50 bytes of memory, however short its text is. */
const maxValues = 1_000_000;

/** A parsed info JSON. */
export interface ParsedInfo {
  readonly info: Info;
  /** The JSON without entries whose URLs are not http or https, for the later steps; null when there were none. */
  readonly changed: string | null;
}

/**
 * Parses an info JSON. Throws `source_error` when it is invalid or exceeds the limits, and `unsupported_url` when the URL of
 * the chosen download is not http or https.
 */
export function parseInfo(bytes: Uint8Array): ParsedInfo {
  if (bytes.length > maxInfoBytes || countValues(bytes) > maxValues) throw tooLong();
  const { info, isChanged, isLost } = webOnly(parseJson(new TextDecoder().decode(bytes)));
  if (isLost) throw new AppError("unsupported_url", foreignScheme);
  const parsed = Info.safeParse(withFormats(info));
  if (parsed.success) return { info: parsed.data, changed: isChanged ? JSON.stringify(info) : null };
  throw new AppError("source_error", "yt-dlp answered with something else than a description of the video.", {
    cause: parsed.error,
  });
}

/** The error of an info JSON that is too large. */
export function tooLong(): AppError {
  return new AppError("source_error", "The source describes itself in more words than can be read.", {
    hint: "Send the link of a single video, or ask for fewer entries of the list.",
  });
}

/** The info of a single file has no list of formats: it is the one format itself. */
function withFormats(info: unknown): unknown {
  if (typeof info !== "object" || info === null || "formats" in info || !("url" in info)) return info;
  return { ...info, formats: [info] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("source_error", "yt-dlp's answer cannot be read.", { cause });
  }
}
