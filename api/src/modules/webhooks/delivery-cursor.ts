import { AppError, type DeliveryCursor, isId } from "@vidferry/core";

/** A position in a list of deliveries as an opaque text for clients. */
export function encodeDeliveryCursor({ createdAt, id }: DeliveryCursor): string {
  return `${createdAt.getTime().toString(36)}-${id}`;
}

const endOfTime = Date.UTC(9999, 0);

/** The place that a cursor names. Throws `invalid_request` for what {@link encodeDeliveryCursor} did not make. */
export function decodeDeliveryCursor(text: string): DeliveryCursor {
  const [, time = "", id = ""] = /^([0-9a-z]{1,11})-(.*)$/.exec(text) ?? [];
  const createdAt = new Date(Number.parseInt(time, 36));
  if (isId("dlv", id) && createdAt.getTime() < endOfTime) return { createdAt, id };
  const message = "is not a cursor of this list; take `nextCursor` as it was given";
  throw new AppError("invalid_request", `\`cursor\` in the query ${message}.`, {
    fields: [{ path: "/cursor", message }],
  });
}
