/** The code of an error of the system, such as `ENOENT`. */
export const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

/** Null where the error says that a file is not there; throws others. */
export function unlessMissing(error: unknown): null {
  if (codeOf(error) !== "ENOENT") throw error;
  return null;
}
