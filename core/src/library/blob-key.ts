import { AppError } from "../errors/app-error.ts";

// A segment never starts with a dot: that excludes `.` and `..`, and reserves such names for a store's own files.
const segment = "[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}";
const keyShape = new RegExp(`^${segment}(?:/${segment})*$`);
const maxKeyLength = 512;

/** Whether a text can be the key of a blob: segments of letters, digits, `_`, `-`, `.`, none empty or starting with a dot, at most 512 characters. */
export function isBlobKey(text: string): boolean {
  return text.length <= maxKeyLength && keyShape.test(text);
}

/** Asserts a valid key. @throws AppError `invalid_request` for anything else. */
export function assertBlobKey(key: string): void {
  if (!isBlobKey(key)) throw new AppError("invalid_request", "The name of a stored file is not valid");
}

/** Asserts a valid prefix: empty, or a key and a slash. @throws AppError `invalid_request` for anything else. */
export function assertBlobPrefix(prefix: string): void {
  if (prefix === "" || (prefix.endsWith("/") && isBlobKey(prefix.slice(0, -1)))) return;
  throw new AppError("invalid_request", "The prefix of stored files is not valid");
}
