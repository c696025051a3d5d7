import { postgresStore } from "../../core/src/adapters/sql/postgres/index.ts";
import { createIdGenerator, systemClock } from "../../core/src/adapters/system/index.ts";
import { createApiKey, type Limits } from "../../core/src/index.ts";

/** Owners that share the fleet: one floods it, one has limits, one asks for a few jobs at a time. */
export const tenantNames = ["flooder", "steady", "limited"] as const;
export type TenantName = (typeof tenantNames)[number];

/** An owner with a key. */
export interface Tenant {
  readonly name: TenantName;
  readonly secret: string;
}

/** Of the owner that has limits. */
export const limitsOfLimited = { runningJobs: 2, queuedJobs: 3 } as const satisfies Partial<Limits>;

/** Whose the job with this number is; not drawn, so that all have jobs in a short run. */
export function tenantOf(index: number): TenantName {
  if (index % 10 < 5) return "flooder";
  return index % 10 < 8 ? "steady" : "limited";
}

/** Makes a key for each, and the account of the one that has limits. */
export async function makeTenants(databaseUrl: string): Promise<readonly Tenant[]> {
  const store = postgresStore({ url: databaseUrl });
  try {
    const tenants: Tenant[] = [];
    for (const name of tenantNames) {
      const made = await createApiKey(
        { ids: createIdGenerator(), clock: systemClock },
        { name, owner: name, scopes: ["write"] },
      );
      await store.keys.insert(made.key);
      tenants.push({ name, secret: made.secret });
    }
    await store.accounts.limit("limited", limitsOfLimited);
    return tenants;
  } finally {
    await store.close();
  }
}
