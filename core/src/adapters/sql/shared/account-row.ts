import type { Account } from "../../../accounts/accounts.ts";
import type { Schema } from "./schema.ts";

/** A row of `accounts`. */
export type AccountRow = Schema["accounts"]["$inferSelect"];

/** A row as an account. */
export const toAccount = ({ owner, createdAt, updatedAt, ...limits }: AccountRow): Account => ({
  owner,
  limits,
  createdAt,
  updatedAt,
});
