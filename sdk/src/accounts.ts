import { type Answer, answerOf } from "./answer.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type { Account, LimitChanges } from "./types.ts";

/** What owners may use; needs a key with the scope `admin`. */
export interface Accounts {
  /** What an owner may use and has used. */
  get(owner: string, options?: CallOptions): Answer<Account>;
  /** Sets limits; those that are not named stay, null lifts one. */
  limit(owner: string, limits: LimitChanges, options?: CallOptions): Answer<Account>;
}

/** Makes the accounts part of a client. */
export function createAccounts({ raw, sender }: Transport): Accounts {
  const byOwner = (owner: string) => ({ params: { path: { owner } } });
  return {
    get: (owner, options) =>
      answerOf(raw.GET("/api/v1/accounts/{owner}", { ...byOwner(owner), fetch: sender(options) }), "owner"),
    limit: (owner, limits, options) =>
      answerOf(
        raw.PATCH("/api/v1/accounts/{owner}", { ...byOwner(owner), body: { limits }, fetch: sender(options) }),
        "owner",
      ),
  };
}
