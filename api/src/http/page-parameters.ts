import { z } from "@hono/zod-openapi";

/** `limit` in a query. */
export const limitParameter = (standard: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, `a whole number from 1 to ${most}`)
    .transform(Number)
    .pipe(z.int().min(1).max(most))
    .default(standard)
    .openapi({ type: "integer", minimum: 1, maximum: most, default: standard, description: "Entries a page." });

/** `cursor` in a query. */
export const cursorParameter = z
  .string()
  .max(200)
  .optional()
  .openapi({ description: "`nextCursor` of the page before." });
