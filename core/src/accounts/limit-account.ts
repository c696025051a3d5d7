import type { Actor, Audit } from "../audit/audit.ts";
import type { Account, Accounts } from "./accounts.ts";
import type { Limits } from "./limits.ts";

/** The repositories that a change of an account writes to. */
interface AccountStore {
  readonly accounts: Pick<Accounts, "limit">;
  readonly audit: Pick<Audit, "add">;
}

/** Limits an owner; limits that are absent stay as they are. */
export async function limitAccount(
  { database }: { readonly database: { transaction<T>(run: (tx: AccountStore) => Promise<T>): Promise<T> } },
  owner: string,
  limits: Partial<Limits>,
  by: Actor,
): Promise<Account> {
  return await database.transaction(async (tx) => {
    const account = await tx.accounts.limit(owner, limits);
    await tx.audit.add({ action: "account.changed", by, subject: account.owner, owner: account.owner, detail: limits });
    return account;
  });
}
