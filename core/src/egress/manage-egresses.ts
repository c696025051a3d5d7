import type { Actor, AuditAction, AuditDetail } from "../audit/audit.ts";
import type { Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import type { EgressId } from "../runtime/ids.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import { checkCookies } from "./check-cookies.ts";
import { allEgresses, unchangedDirect } from "./choose-egress.ts";
import { freshCondition } from "./condition.ts";
import { cookieContext, proxyContext } from "./cookie-text.ts";
import { defaultSettings, directEgressId, type Egress, type EgressSettings } from "./egress.ts";
import { directEgressName } from "./egresses.ts";
import { resumeWaiting } from "./settle-use.ts";
import { ensureWritten } from "./write-condition.ts";

type ManageDeps = Pick<
  ServiceDeps,
  "database" | "ids" | "clock" | "queue" | "signals" | "events" | "logger" | "secretSupport"
>;

/** What an operator writes of an egress; of secrets, null removes one. */
export interface EgressInput extends Partial<EgressSettings> {
  readonly proxyUrl?: string | null;
  /** A text in Netscape's form. */
  readonly cookies?: string | null;
}

/** Makes an egress. Throws `invalid_request`, `quota_exceeded`, `unavailable` where secrets cannot be kept. */
export async function createEgress(
  deps: ManageDeps,
  { proxyUrl = null, cookies = null, ...settings }: EgressInput & { readonly name: string },
  by: Actor,
  once: Once<Egress> | null,
): Promise<Written<Egress>> {
  requireOwnName(settings.name);
  if (cookies !== null) checkCookies(cookies, deps.clock.now());
  const id = deps.ids.next("egr");
  const fresh = {
    ...{ ...defaultSettings, ...settings, id },
    proxy: proxyUrl === null ? null : await box(deps).seal(proxyUrl, proxyContext(id)),
    cookies: cookies === null ? null : await box(deps).seal(cookies, cookieContext(id)),
  };
  const written = await writeOnce(deps, once, async (tx) => {
    const egress = await tx.egresses.insert(fresh);
    await tell(tx, "egress.created", egress, by, { hasProxy: proxyUrl !== null, hasCookies: cookies !== null });
    return egress;
  });
  await resumeWaiting(deps);
  return written;
}

/** All egresses, the one that every service has among them, and the store's time. */
export async function listEgresses({
  database,
}: {
  readonly database: Pick<Repositories, "egresses">;
}): Promise<{ readonly now: Date; readonly egresses: readonly Egress[] }> {
  const view = await database.egresses.read();
  return { now: view.now, egresses: allEgresses(view) };
}

/** One egress. Throws `not_found`. */
export async function getEgress(
  deps: Pick<ServiceDeps, "database">,
  id: EgressId,
): Promise<{ readonly now: Date; readonly egress: Egress }> {
  const { now, egresses } = await listEgresses(deps);
  return { now, egress: found(egresses.find((egress) => egress.id === id) ?? null, id) };
}

/** Changes an egress, for the next use of it. Throws `not_found`, `invalid_request`, `unavailable`. */
export async function changeEgress(
  deps: ManageDeps,
  id: EgressId,
  { proxyUrl, cookies, ...settings }: EgressInput,
  by: Actor,
): Promise<Egress> {
  const isDirect = id === directEgressId;
  if (isDirect && (proxyUrl !== undefined || cookies !== undefined || settings.name !== undefined))
    throw new AppError(
      "invalid_request",
      "The egress that every service has keeps its name, and its proxy and cookies are set with PROXY_URL and COOKIES_FILE.",
    );
  if (settings.name !== undefined) requireOwnName(settings.name);
  if (cookies != null) checkCookies(cookies, deps.clock.now());
  const patch = {
    ...settings,
    ...(proxyUrl !== undefined && {
      proxy: proxyUrl === null ? null : await box(deps).seal(proxyUrl, proxyContext(id)),
    }),
    ...(cookies !== undefined && {
      cookies: cookies === null ? null : await box(deps).seal(cookies, cookieContext(id)),
    }),
  };
  const changed = Object.keys({
    ...settings,
    ...(proxyUrl !== undefined && { proxyUrl }),
    ...(cookies !== undefined && { cookies }),
  });
  if (isDirect) await ensureWritten(deps.database, unchangedDirect(deps.clock.now()));
  const egress = await deps.database.transaction(async (tx) => {
    const after = found(await tx.egresses.update(id, patch), id);
    await tell(tx, "egress.changed", after, by, { changed: changed.join(" ") });
    return after;
  });
  await resumeWaiting(deps);
  return egress;
}

/** Deletes an egress with its secrets. Throws `not_found`, and `invalid_state` for the one that every service has. */
export async function removeEgress(deps: ManageDeps, id: EgressId, by: Actor): Promise<void> {
  if (id === directEgressId)
    throw new AppError("invalid_state", "The egress that every service has cannot be deleted.", {
      hint: "Disable it with PATCH and `enabled: false`.",
    });
  await deps.database.transaction(async (tx) => {
    if (!(await tx.egresses.remove(id))) throw missing(id);
    await tell(tx, "egress.deleted", { id, name: null }, by);
  });
  // Those that waited for it learn that it is gone.
  await resumeWaiting(deps);
}

/** Forgets what sites and its proxy have refused; its budget stays as it is. Throws `not_found`. */
export async function resetEgress(
  deps: ManageDeps,
  id: EgressId,
  by: Actor,
  once: Once<Egress> | null = null,
): Promise<Written<Egress>> {
  const { egress } = await getEgress(deps, id);
  await ensureWritten(deps.database, egress);
  const written = await writeOnce(deps, once, async (tx) => {
    // A change of nothing holds the row, so that nobody else writes its condition meanwhile.
    const { condition, version } = found(await tx.egresses.update(id, {}), id);
    await tx.egresses.writeCondition(id, version, { ...condition, sites: freshCondition.sites });
    await tell(tx, "egress.reset", egress, by);
    return found((await tx.egresses.read()).egresses.find((one) => one.id === id) ?? null, id);
  });
  await resumeWaiting(deps);
  return written;
}

function box({ secretSupport }: Pick<ServiceDeps, "secretSupport">): SecretBox {
  if (secretSupport !== undefined && secretSupport.refused === null) return secretSupport.box;
  throw new AppError("unavailable", secretSupport?.refused ?? "Secrets cannot be kept here.", {
    hint: "Ask the operator to set SECRETS_KEY.",
    permanent: true,
  });
}

function requireOwnName(name: string): void {
  if (name !== directEgressName) return;
  const message = `${JSON.stringify(name)} is the egress that every service has`;
  throw new AppError("invalid_request", `name: ${message}`, { fields: [{ path: "/name", message }] });
}

function tell(
  tx: Pick<Repositories, "audit">,
  action: AuditAction,
  { id, name }: { readonly id: EgressId; readonly name: string | null },
  by: Actor,
  detail: AuditDetail = {},
): Promise<void> {
  return tx.audit.add({ action, by, subject: id, owner: null, detail: { ...(name !== null && { name }), ...detail } });
}

const missing = (id: EgressId): AppError => new AppError("not_found", `There is no egress ${id}.`);

function found(egress: Egress | null, id: EgressId): Egress {
  if (egress === null) throw missing(id);
  return egress;
}
