import { AppError } from "../../../../errors/app-error.ts";
import { webOnly } from "../addresses.ts";
import { foreignScheme } from "../errors.ts";
import { Info } from "../info.ts";
import { countValues } from "./count-values.ts";

/** Largest info JSON that is read, in bytes: a channel of ten thousand videos has about 10 MB. */
export const maxInfoBytes = 16 << 20;
/** Most values in it: each takes some 50 bytes of memory, however short it is in the text. */
const maxValues = 1_000_000;

/** What an info JSON says. */
export interface ParsedInfo {
  readonly info: Info;
  /** The text without what lies at other addresses than http and https, when there was such; the later steps need it. */
  readonly changed: string | null;
}

/**
 * Reads an info JSON. Throws `source_error` when it is none, or more than anyone needs, and `unsupported_url` when what was
 * chosen for the download lies at another address than one of http or https.
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

/** The error for an info JSON that is too large. */
export function tooLong(): AppError {
  return new AppError("source_error", "The source describes itself in more words than can be read.", {
    hint: "Send the link of a single video, or ask for fewer entries of the list.",
  });
}

/** A page that names a single file is itself the one format, and has no list of them. */
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
