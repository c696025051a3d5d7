import { AppError, type IdPrefix, isId } from "@vidferry/core";

/** A position in a list, newest first: when the last thing of the page before was made, and its id. */
export interface Cursor<P extends IdPrefix> {
  readonly createdAt: Date;
  readonly id: `${P}_${string}`;
}

/** A position in a list as an opaque text for clients. */
export function encodeCursor(cursor: Cursor<IdPrefix>): string {
  const text = `${cursor.createdAt.getTime().toString(36)}.${cursor.id}`;
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const endOfTime = Date.UTC(9999, 0);

/** The place that a cursor names. Throws `invalid_request` for what {@link encodeCursor} did not make. */
export function decodeCursor<P extends IdPrefix = "job">(text: string, prefix: P = "job" as P): Cursor<P> {
  const [time = "", id = "", ...rest] = fromBase64Url(text).split(".");
  const createdAt = new Date(Number.parseInt(time, 36));
  // No job is from after the year 9999; some databases cannot even compare with such a date.
  const whole = /^[0-9a-z]{1,11}$/.test(time) && createdAt.getTime() < endOfTime;
  if (!whole || !isId(prefix, id) || rest.length > 0) {
    const message = "is not a cursor of this list; take `nextCursor` as it was given";
    throw new AppError("invalid_request", `\`cursor\` in the query ${message}.`, {
      fields: [{ path: "/cursor", message }],
    });
  }
  return { createdAt, id };
}

function fromBase64Url(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    // What is not base64 decodes to no cursor.
    return "";
  }
}
