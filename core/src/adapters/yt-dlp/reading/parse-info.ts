import { AppError } from "../../../errors/app-error.ts";
import { Info } from "../info.ts";
import { countValues } from "./count-values.ts";

/** Largest info JSON that is read, in bytes: a channel of ten thousand videos has about 10 MB. */
export const maxInfoBytes = 16 << 20;
/** Most values in it: each takes some 50 bytes of memory, however short it is in the text. */
const maxValues = 1_000_000;

/** Reads an info JSON. Throws `source_error` when it is none, or more than anyone needs. */
export function parseInfo(bytes: Uint8Array): Info {
  if (bytes.length > maxInfoBytes || countValues(bytes) > maxValues) throw tooLong();
  const parsed = Info.safeParse(parseJson(new TextDecoder().decode(bytes)));
  if (parsed.success) return parsed.data;
  throw new AppError("source_error", "yt-dlp answered with something else than a description of the video.", {
    cause: parsed.error,
  });
}

/** What is said of a description that is too long. */
export function tooLong(): AppError {
  return new AppError("source_error", "The source describes itself in more words than can be read.", {
    hint: "Send the link of a single video, or ask for fewer entries of the list.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("source_error", "yt-dlp's answer cannot be read.", { cause });
  }
}
