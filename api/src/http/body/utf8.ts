import { AppError } from "@vidferry/core";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The text of a body. Throws `invalid_request` when it is not UTF-8, as JSON has to be (RFC 8259 §8.1): decoded all the same, what
 * is no character would become U+FFFD, and be stored without anybody noticing.
 */
export function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new AppError("invalid_request", "The body is not encoded in UTF-8.", {
      cause,
      hint: "Send it as UTF-8. Windows PowerShell does with -ContentType 'application/json; charset=utf-8'.",
    });
  }
}
