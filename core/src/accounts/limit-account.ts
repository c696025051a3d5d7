import type { Actor } from "../audit/audit.ts";
import type { Database, Repositories } from "../database/database.ts";
import type { Account } from "./accounts.ts";
import type { Limits } from "./limits.ts";

/** Limits an owner; limits that are absent stay as they are. */
export async function limitAccount(
  { store }: { readonly store: Pick<Database, "transaction"> },
  owner: string,
  limits: Partial<Limits>,
  by: Actor,
): Promise<Account> {
  return await store.transaction(async (tx: Pick<Repositories, "accounts" | "audit">) => {
    const account = await tx.accounts.limit(owner, limits);
    await tx.audit.add({ action: "account.changed", by, subject: account.owner, owner: account.owner, detail: limits });
    return account;
  });
}
