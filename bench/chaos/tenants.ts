import { postgresStore } from "../../core/src/adapters/sql/postgres/index.ts";
import { createIdGenerator, systemClock } from "../../core/src/adapters/system/index.ts";
import { createApiKey, type Limits } from "../../core/src/index.ts";

/** Owners that share the fleet: one floods it, one has limits, one asks for a few jobs at a time, one for batches and schedules. */
export const tenantNames = ["flooder", "steady", "limited", "collector"] as const;
export type TenantName = (typeof tenantNames)[number];

/** An owner with a key. */
export interface Tenant {
  readonly name: TenantName;
  readonly secret: string;
}

/** The owners of a run, and who operates the fleet. */
export interface Tenants {
  readonly owners: readonly Tenant[];
  readonly operator: Pick<Tenant, "secret">;
}

/** Of the owner that has limits. */
export const limitsOfLimited = { runningJobs: 2, queuedJobs: 3 } as const satisfies Partial<Limits>;

/** Whose the job with this number is; not drawn, so that all have jobs in a short run. */
export function tenantOf(index: number): TenantName {
  if (index % 10 < 5) return "flooder";
  return index % 10 < 8 ? "steady" : "limited";
}

/** Makes a key for each, and the account of the one that has limits. */
export async function makeTenants(databaseUrl: string): Promise<Tenants> {
  const store = postgresStore({ url: databaseUrl });
  const make = async (name: string, scope: "write" | "admin") => {
    const made = await createApiKey(
      { ids: createIdGenerator(), clock: systemClock },
      { name, owner: name, scopes: [scope] },
    );
    await store.keys.insert(made.key);
    return made.secret;
  };
  try {
    const owners: Tenant[] = [];
    for (const name of tenantNames) owners.push({ name, secret: await make(name, "write") });
    await store.accounts.limit("limited", limitsOfLimited);
    return { owners, operator: { secret: await make("operator", "admin") } };
  } finally {
    await store.close();
  }
}
