import type { Actor, Audit } from "../audit/audit.ts";
import type { Accounts } from "./accounts.ts";

/** The repositories that erasing an account writes to. */
interface AccountStore {
  readonly accounts: Pick<Accounts, "erase">;
  readonly audit: Pick<Audit, "add">;
}

const atOnce = 1_000;

/**
 * Deletes what is kept under an owner's name, after their jobs were deleted. The audit log keeps that it was done, by whom and
 * when, without the name. Done again after it was interrupted, it goes on. Returns how many rows were deleted.
 */
export async function eraseAccount(
  { database }: { readonly database: AccountStore },
  owner: string,
  by: Actor,
  signal?: AbortSignal,
): Promise<number> {
  let rows = 0;
  for (let erased = -1; erased !== 0; rows += erased) {
    signal?.throwIfAborted();
    erased = await database.accounts.erase(owner, atOnce);
  }
  const who = by.owner === owner ? { ...by, owner: null } : by;
  await database.audit.add({ action: "account.erased", by: who, subject: null, owner: null, detail: { rows } });
  return rows;
}
