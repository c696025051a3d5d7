import { AppError, allows, type KeyId, localOwner, type Scope, scopes } from "@vidferry/core";

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

/** How the API learns who sends a request. */
export interface Auth {
  readonly mode: "off" | "keys";
  /** Throws `unauthorized` when the request carries no valid key. */
  authenticate(request: Request): Promise<Principal>;
}

const local: Principal = { owner: localOwner, scopes, keyId: null, secretHash: null };

/** Authentication off: every request belongs to the single local owner. For loopback only. */
export function createOpenAuth(): Auth {
  return { mode: "off", authenticate: async () => local };
}

/** Throws `forbidden` unless the principal has the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (allows(principal.scopes, scope)) return;
  throw new AppError("forbidden", `This needs a key with the scope \`${scope}\`.`);
}
