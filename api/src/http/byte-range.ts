/** Bytes `start` to `end` of a file, both included. */
export interface SelectedRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a `Range` header asks of a file of this size.
 *
 * - a range: serve it (206);
 * - `unsatisfiable`: it lies outside of the file (416);
 * - null: serve the whole file. That is also the answer to what is not understood and to several ranges at once, which a server
 *   may ignore (RFC 9110 §14.2): clients that want parts ask for them one by one.
 */
export function selectRange(header: string | undefined, size: number): SelectedRange | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "");
  if (match === null) return null;
  const [, first = "", last = ""] = match;
  if (first === "") {
    if (last === "") return null;
    const suffix = Number(last);
    return suffix === 0 || size === 0 ? "unsatisfiable" : { start: Math.max(0, size - suffix), end: size - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}
