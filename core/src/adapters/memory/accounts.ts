import type { Accounts } from "../../accounts/accounts.ts";
import { noLimits } from "../../accounts/limits.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import type { Decide, MemoryState } from "./state.ts";

/** The accounts in memory. */
export function createMemoryAccounts({ accounts }: MemoryState, decide: Decide): Accounts {
  return {
    get: (owner) => decide(() => accounts.get(storableText(owner)) ?? null),
    limit: (name, changes) =>
      decide((now) => {
        const owner = storableText(name);
        const before = accounts.get(owner);
        const limits = { ...(before?.limits ?? noLimits), ...changes };
        const account = { owner, limits, createdAt: before?.createdAt ?? now, updatedAt: now };
        accounts.set(owner, account);
        return account;
      }),
  };
}
