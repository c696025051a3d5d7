import { AppError, allows, type KeyId, localOwner, type Scope, scopes } from "@vidferry/core";
import { freeGuesses, type GuessLimit } from "../limits/guess-limit.ts";

/** Who sends a request, and what they may do. */
export interface Principal {
  /** Owner of the jobs they see and make. */
  readonly owner: string;
  /** Without aliases; `admin` stands for all of them. */
  readonly scopes: readonly Scope[];
  /** Id of the key; null while keys are off. */
  readonly keyId: KeyId | null;
  /** Hash of the secret that the request proved to have; null where something else than a secret let it in. */
  readonly secretHash: string | null;
}

/** How the API learns who sends a request, and for how long that holds. */
export interface Auth {
  readonly mode: "off" | "keys";
  /**
   * Throws `unauthorized` when the request carries no valid key, `forbidden` when the key may not be used from there.
   * @param address what the request comes from; null: not known
   * @param sessionKey the key of its session, for when it sends none itself; null: it has no session
   */
  authenticate(request: Request, address: string | null, sessionKey?: string | null): Promise<Principal>;
  /**
   * Tries a secret that is no key, a ticket or a signed link. As with keys, a wrong one counts as a failed sign-in of its address:
   * throws what `open` throws, and `rate_limit_exceeded` after too many.
   */
  attempt: GuessLimit["attempt"];
  /** Whether a key still works and allows this: for links and tickets, which were made with it and outlive its secret. */
  stillAllows(keyId: KeyId, scope: Scope): Promise<boolean>;
  /** Calls back once, within a second, when the principal's key does not let it in any more. Returns what ends the watch. */
  watch(principal: Principal, onEnd: () => void): () => void;
}

const local: Principal = { owner: localOwner, scopes, keyId: null, secretHash: null };

/** Authentication off: every request belongs to the single local owner. For loopback only. */
export function createOpenAuth(): Auth {
  return {
    mode: "off",
    authenticate: async () => local,
    attempt: freeGuesses.attempt,
    // A link that was made while keys were on; whoever asks may do everything anyway.
    stillAllows: async () => true,
    watch: () => () => undefined,
  };
}

/** Throws `forbidden` unless the principal has the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (allows(principal.scopes, scope)) return;
  throw new AppError("forbidden", `This needs a key with the scope \`${scope}\`.`);
}
