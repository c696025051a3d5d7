import type { Actor, Audit, AuditAction, AuditDetail } from "../audit/audit.ts";
import { AppError } from "../errors/app-error.ts";
import type { Clock } from "../runtime/clock.ts";
import type { IdGenerator } from "../runtime/id-generator.ts";
import type { KeyId } from "../runtime/ids.ts";
import type { ApiKey } from "./api-key.ts";
import { type CreatedApiKey, createApiKey, createSecret, type NewApiKey } from "./key-secret.ts";
import type { KeyChanges, Keys } from "./keys.ts";
import { canonicalScopes } from "./scopes.ts";

/** The repositories that a change of a key writes to. */
interface KeyStore {
  readonly keys: Keys;
  readonly audit: Pick<Audit, "add">;
}

/** What the use cases of keys need. */
export interface KeyDeps {
  readonly database: KeyStore & { transaction<T>(run: (tx: KeyStore) => Promise<T>): Promise<T> };
  readonly ids: IdGenerator;
  readonly clock: Clock;
}

/** How long the secret before a rotation keeps working, in seconds. */
export const rotationOverlap = { standard: 86_400, most: 7 * 86_400 } as const;

/** Makes a key, which is then to be added by {@link addKey}. Throws `invalid_request` when it would have ended already. */
export async function prepareKey(deps: Pick<KeyDeps, "ids" | "clock">, input: NewApiKey): Promise<CreatedApiKey> {
  requireFuture(deps.clock, input.expiresAt ?? null);
  return await createApiKey(deps, input);
}

/** Adds a key that was made, as part of a transaction. */
export async function addKey(tx: KeyStore, { key }: CreatedApiKey, by: Actor): Promise<void> {
  await tx.keys.insert(key);
  await tell(tx, "key.created", key, by, { name: key.name, scopes: key.scopes.join(" ") });
}

/** Makes a key. Its secret is in the answer and nowhere else. Throws as {@link prepareKey}. */
export async function makeKey(deps: KeyDeps, input: NewApiKey, by: Actor): Promise<CreatedApiKey> {
  const created = await prepareKey(deps, input);
  await deps.database.transaction((tx) => addKey(tx, created, by));
  return created;
}

/** The key. Throws `not_found` when there is none, or it was revoked. */
export async function getKey({ database }: Pick<KeyDeps, "database">, id: KeyId): Promise<ApiKey> {
  return (await database.keys.get(id)) ?? missing(id);
}

/**
 * Changes a key. Throws `not_found`; or `invalid_state` when it would leave no key with `admin`, after which nobody could make
 * one over the API.
 */
export async function changeKey(deps: KeyDeps, id: KeyId, changes: KeyChanges, by: Actor): Promise<ApiKey> {
  if (changes.expiresAt !== undefined) requireFuture(deps.clock, changes.expiresAt);
  const losesAdmin = changes.scopes !== undefined && !canonicalScopes(changes.scopes).includes("admin");
  const isToEnd = changes.expiresAt !== undefined && changes.expiresAt !== null;
  const changed = await deps.database.transaction(async (tx) => {
    if (losesAdmin || isToEnd) await keepAnAdmin(tx.keys, id);
    const key = await tx.keys.update(id, changes);
    if (key !== null) await tell(tx, "key.changed", key, by, { changed: Object.keys(changes).join(" ") });
    return key;
  });
  return changed ?? missing(id);
}

/** Revokes a key. Throws as {@link changeKey}. */
export async function revokeKey(deps: Pick<KeyDeps, "database">, id: KeyId, by: Actor): Promise<void> {
  const revoked = await deps.database.transaction(async (tx) => {
    await keepAnAdmin(tx.keys, id);
    return await endKey(tx, id, by);
  });
  if (!revoked) missing(id);
}

/** Revokes a key, also the last one with `admin`, as part of a transaction; false when there is none that works. */
export async function endKey(tx: KeyStore, id: KeyId, by: Actor): Promise<boolean> {
  const key = await tx.keys.get(id);
  const revoked = await tx.keys.revoke(id);
  if (revoked && key !== null) await tell(tx, "key.revoked", key, by);
  return revoked;
}

/**
 * Makes a new secret for a key, and what writes it, as part of a transaction; the one before keeps working for the overlap. The
 * write throws `not_found`.
 */
export async function prepareRotation(
  id: KeyId,
  overlapSeconds: number,
  by: Actor,
): Promise<(tx: KeyStore) => Promise<CreatedApiKey>> {
  const { secret, ...stored } = await createSecret();
  return async (tx) => {
    const key = await tx.keys.rotate(id, { ...stored, overlapMs: overlapSeconds * 1000 });
    if (key === null) return missing(id);
    await tell(tx, "key.rotated", key, by, { overlapSeconds });
    return { key, secret };
  };
}

/** Gives a key a new secret. Throws `not_found`. */
export async function rotateKey(
  { database }: Pick<KeyDeps, "database">,
  id: KeyId,
  overlapSeconds: number,
  by: Actor,
): Promise<CreatedApiKey> {
  return await database.transaction(await prepareRotation(id, overlapSeconds, by));
}

function tell(tx: KeyStore, action: AuditAction, key: ApiKey, by: Actor, detail: AuditDetail = {}): Promise<void> {
  return tx.audit.add({ action, by, subject: key.id, owner: key.owner, detail });
}

async function keepAnAdmin(keys: Keys, id: KeyId): Promise<void> {
  const admins = await keys.lockAdmins();
  if (admins.length !== 1 || admins[0] !== id) return;
  throw new AppError("invalid_state", "This is the only key with the scope `admin` that works.", {
    hint: "Make another one first; or use `vidferry keys` where the service runs, which can always make one.",
  });
}

function requireFuture(clock: Clock, expiresAt: Date | null): void {
  if (expiresAt === null || expiresAt > clock.now()) return;
  const message = "a time in the future";
  throw new AppError("invalid_request", `\`expiresAt\` in the body: ${message}.`, {
    fields: [{ path: "/expiresAt", message }],
  });
}

function missing(id: KeyId): never {
  throw new AppError("not_found", `There is no key ${id}.`);
}
