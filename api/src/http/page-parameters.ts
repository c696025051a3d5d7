import { z } from "@hono/zod-openapi";

/** `limit` in a query. */
export const limitParameter = (standard: number, most: number, description = "Entries a page.") =>
  z
    .string()
    .regex(/^\d{1,4}$/, `a whole number from 1 to ${most}`)
    .transform(Number)
    .pipe(z.int().min(1).max(most))
    .default(standard)
    .openapi({ type: "integer", minimum: 1, maximum: most, default: standard, description });

const cursorOf = (description: string) => z.string().max(200).optional().openapi({ description });

/** `cursor` in a query. */
export const cursorParameter = cursorOf("`nextCursor` of the page before.");
/** `cursor` in the query of a list that can be filtered. */
export const filteredCursorParameter = cursorOf("`nextCursor` of the page before, with the same filters.");
