import { z } from "@hono/zod-openapi";
import { AppError, type BatchId, isId } from "@vidferry/core";

/** `{id}` of a batch in a path. Its form is checked by {@link batchIdOf}. */
export const BatchPath = z.object({
  id: z.string().openapi({ description: "The batch's id.", example: "bat_0199f3a2c4d87b1e9a5d6c3f20417e88" }),
});

/** The batch id in a path. Throws `not_found`. */
export function batchIdOf(text: string): BatchId {
  if (!isId("bat", text)) throw new AppError("not_found", "There is no such batch.");
  return text;
}
