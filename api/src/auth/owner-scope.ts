import { z } from "@hono/zod-openapi";
import { AppError } from "@vidferry/core";
import { type Principal, requireScope } from "./auth.ts";

/** Stands for every owner. */
const everyOwner = "*";

/** The query parameter by which an admin asks about others. */
export const ownerParameter = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .openapi({
    description: `Whose; \`${everyOwner}\`: everybody's. Another one than the key's own needs the scope \`admin\`. Default: the key's own.`,
    example: "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
  });

/** The owner that a request is about; null: all of them. Throws `forbidden` unless it is the key's own, or the key has `admin`. */
export function ownerOf(principal: Principal, asked: string | undefined): string | null {
  if (asked === undefined || asked === principal.owner) return principal.owner;
  requireScope(principal, "admin");
  if (asked.includes("\0")) throw new AppError("invalid_request", "An owner's name has no NUL.");
  return asked === everyOwner ? null : asked;
}
