import { z } from "@hono/zod-openapi";

// More than any notation of a time needs.
const longest = 40;

// Bounded to what every database can compare with.
const timeText = z.iso
  .datetime({ offset: true, error: "an ISO 8601 date and time, such as 2026-11-01T00:00:00Z" })
  .max(longest)
  .transform((text) => new Date(text))
  .refine((time) => time.getUTCFullYear() >= 1970 && time.getUTCFullYear() < 10_000, "a time from 1970 to 9999");

const described = (description: string, example: string) =>
  timeText.optional().openapi({ type: "string", format: "date-time", maxLength: longest, description, example });

/** `from` and `to` in a query. */
export const timeRange = {
  from: described("From this time on.", "2026-11-01T00:00:00Z"),
  to: described("Before this time.", "2026-12-01T00:00:00Z"),
};
