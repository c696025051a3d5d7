import type { Accounts } from "../../accounts/accounts.ts";
import { noLimits } from "../../accounts/limits.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { usageOf } from "./account-usage.ts";
import { eraseOwner } from "./erase-owner.ts";
import type { Decide, MemoryState } from "./state.ts";

/** The accounts in memory. */
export function createMemoryAccounts(state: MemoryState, decide: Decide): Accounts {
  const { accounts } = state;
  return {
    usage: (owner) => decide((now) => usageOf(state, storableText(owner), now)),
    erase: (owner) => decide(() => eraseOwner(state, storableText(owner))),
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
