import { createHash } from "node:crypto";
import type { Context, TypedResponse } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnv } from "../app-env.ts";

/** The tag of a representation. Strong: it is of all that a client can see, so what has the same tag is the same text. */
export function tagOf(body: object): string {
  return `"${createHash("sha256").update(JSON.stringify(body)).digest("base64url").slice(0, 27)}"`;
}

/** The header of what has a tag, for the description of an operation. */
export const tagHeader = {
  ETag: { schema: { type: "string" as const }, description: "Changes with everything that is shown." },
};

/** The answer 304, for the description of an operation. */
export const notModified = {
  304: { description: "It is as it was at the `ETag` that was sent in `If-None-Match`.", headers: tagHeader },
};

/** An answer whose body is already as JSON holds it: a declaration of what the framework makes of such a type would be too long. */
export type JsonAnswer<B, S extends ContentfulStatusCode | 304, F extends "json" | "body" = "json"> = Response &
  TypedResponse<B, S, F>;

/** Answers a read with its tag, or 304 to a client that has it. */
export function answerTagged<B extends object>(
  c: Context<AppEnv>,
  body: B,
): JsonAnswer<null, 304, "body"> | JsonAnswer<B, 200> {
  const tag = tagOf(body);
  c.header("ETag", tag);
  c.header("Cache-Control", "private, no-cache");
  if (matchesAny(c.req.header("if-none-match"), tag)) return c.body(null, 304);
  return c.json(body, 200) as unknown as JsonAnswer<B, 200>;
}

const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");

/** Whether an `If-None-Match` header names the tag, by the weak comparison (RFC 9110 §13.1.2). */
export function matchesAny(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((candidate) => opaque(candidate) === opaque(tag));
}

/** Whether an `If-Match` header names the tag, by the strong comparison (RFC 9110 §13.1.1). */
export function matchesStrongly(header: string, tag: string): boolean {
  if (header.trim() === "*") return true;
  return header.split(",").some((candidate) => candidate.trim() === tag && !tag.startsWith("W/"));
}

/**
 * Whether a range may be served: `If-Range` is absent, or names the tag by the strong comparison (RFC 9110 §13.1.5). A date
 * never matches, since no `Last-Modified` is sent.
 */
export function allowsRange(ifRange: string | undefined, tag: string): boolean {
  return ifRange === undefined || (ifRange === tag && !tag.startsWith("W/"));
}
