import { AppError, type KeyScope, localOwner } from "@vidferry/core";

/** Who sends a request, and what they may do. */
export interface Principal {
  /** Owner of the jobs they see and make. */
  readonly owner: string;
  readonly scopes: readonly KeyScope[];
  /** Id of the key; null while keys are off. */
  readonly keyId: string | null;
}

/** How the API learns who sends a request. */
export interface Auth {
  readonly mode: "off" | "keys";
  /** Throws `unauthorized` when the request carries no valid key. */
  authenticate(request: Request): Promise<Principal>;
}

const local: Principal = { owner: localOwner, scopes: ["read", "write", "admin"], keyId: null };

/** Authentication off: every request belongs to the single local owner. For loopback only. */
export function createOpenAuth(): Auth {
  return { mode: "off", authenticate: async () => local };
}

/** Throws `forbidden` unless the principal has the scope; `admin` includes the others, `write` includes `read`. */
export function requireScope(principal: Principal, scope: KeyScope): void {
  const has = (candidate: KeyScope): boolean => principal.scopes.includes(candidate);
  if (has(scope) || has("admin") || (scope === "read" && has("write"))) return;
  throw new AppError("forbidden", `This needs a key with the scope \`${scope}\`.`);
}
