const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");

/** Whether an `If-None-Match` header names the tag, by the weak comparison (RFC 9110 §13.1.2). */
export function matchesAny(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((candidate) => opaque(candidate) === opaque(tag));
}

/**
 * Whether a range may be served: `If-Range` is absent, or names the tag by the strong comparison (RFC 9110 §13.1.5). A date
 * never matches, since no `Last-Modified` is sent.
 */
export function allowsRange(ifRange: string | undefined, tag: string): boolean {
  return ifRange === undefined || (ifRange === tag && !tag.startsWith("W/"));
}
