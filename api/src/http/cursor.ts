import { createHash } from "node:crypto";
import { AppError, endOfTime, type IdPrefix, isId } from "@vidferry/core";

/** A position in a list, newest first: when the last thing of the page before was made, and its id. */
export interface Cursor<P extends IdPrefix> {
  readonly createdAt: Date;
  readonly id: `${P}_${string}`;
}

/** A position in a list as an opaque text for clients. It belongs to the list's filter, if that is given. */
export function encodeCursor(cursor: Cursor<IdPrefix>, filter?: object): string {
  const place = `${cursor.createdAt.getTime().toString(36)}.${cursor.id}`;
  return toBase64Url(filter === undefined ? place : `${place}.${markOf(filter)}`);
}

/** The place that a cursor names. Throws `invalid_request` for what {@link encodeCursor} did not make of this filter. */
export function decodeCursor<P extends IdPrefix = "job">(
  text: string,
  prefix: P = "job" as P,
  filter?: object,
): Cursor<P> {
  const [time = "", id = "", mark, ...rest] = fromBase64Url(text).split(".");
  const createdAt = new Date(Number.parseInt(time, 36));
  // No job is from after the year 9999; some databases cannot even compare with such a date.
  const whole = /^[0-9a-z]{1,11}$/.test(time) && createdAt.getTime() < endOfTime;
  if (!whole || !isId(prefix, id) || rest.length > 0) {
    throw refused("is not a cursor of this list; take `nextCursor` as it was given");
  }
  // Those of earlier versions have none.
  if (mark !== undefined && (filter === undefined || mark !== markOf(filter))) {
    throw refused("is of a list with other filters; send the same filters with it, or begin without it");
  }
  return { createdAt, id };
}

function refused(message: string): AppError {
  return new AppError("invalid_request", `\`cursor\` ${message}.`, { fields: [{ path: "/cursor", message }] });
}

/** Tells one filter from another. */
function markOf(filter: object): string {
  const inOrder = JSON.stringify(filter, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(inOrder).digest("base64url").slice(0, 8);
}

const toBase64Url = (text: string): string => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function fromBase64Url(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    // What is not base64 decodes to no cursor.
    return "";
  }
}
