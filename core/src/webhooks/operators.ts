import type { KeyQuery, Keys } from "../accounts/keys.ts";
import { allows, canonicalScopes } from "../accounts/scopes.ts";
import { localOwner } from "../jobs/job.ts";

type ReadKeys = { readonly keys: Pick<Keys, "list" | "working"> };

const pageLimit = 100;

/**
 * Whether an owner operates the service: has a key with `admin` that works now. Requests without keys (AUTH=off) belong to the
 * local owner, who does so while nobody has made a key for them.
 */
export async function isOperator({ keys }: ReadKeys, owner: string): Promise<boolean> {
  if (owner === localOwner && (await keys.list({ owner, revoked: true, limit: 1 })).length === 0) return true;
  let after: KeyQuery["after"];
  for (;;) {
    const page = await keys.list({ owner, limit: pageLimit, ...(after !== undefined && { after }) });
    const admins = page.filter(({ scopes }) => allows(canonicalScopes(scopes), "admin")).map(({ id }) => id);
    if (admins.length > 0 && (await keys.working(admins)).length > 0) return true;
    const last = page.at(-1);
    if (last === undefined || page.length < pageLimit) return false;
    after = { createdAt: last.createdAt, id: last.id };
  }
}
