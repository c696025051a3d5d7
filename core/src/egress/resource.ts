import { z } from "zod";
import { type BreakerOptions, gateFor } from "./breaker.ts";
import { usedThisHour } from "./budget.ts";
import { proxySite } from "./condition.ts";
import { directEgressId, type Egress } from "./egress.ts";
import { reasonOf } from "./reasons.ts";

const time = z.iso.datetime();

export const EgressState = z.enum(["ready", "cooling", "blocked", "disabled"]);
export type EgressState = z.infer<typeof EgressState>;

export const EgressSite = z
  .object({
    site: z.string().describe("A host; `*` is the egress's own proxy, which concerns all of them."),
    state: z.enum(["ready", "cooling", "blocked"]),
    until: time.nullable(),
    reason: z.string(),
  })
  .meta({ id: "EgressSite" });

/** An egress as operators see it; never its secrets. */
export const EgressResource = z
  .object({
    id: z.string(),
    name: z.string(),
    pool: z.string().nullable(),
    builtIn: z
      .boolean()
      .describe("It is the one that every service has: the machine's address, or PROXY_URL, and COOKIES_FILE."),
    enabled: z.boolean(),
    state: EgressState.describe(
      "`cooling`: a site, or its proxy, is left alone until `until`; then one job finds out whether it is taken again. `blocked`: that failed several times in a row.",
    ),
    until: time.nullable().describe("Earliest time of the next trial."),
    reason: z
      .string()
      .nullable()
      .describe("What was said last; of a ready egress: what was refused since its last success."),
    sites: z.array(EgressSite).describe("Where it has trouble; other sites are reached through it as ever."),
    proxy: z.object({ present: z.boolean() }),
    cookies: z.object({
      present: z.boolean(),
      checkedAt: time.nullable(),
      valid: z
        .boolean()
        .nullable()
        .describe(
          "`true`: they opened what was refused without them. `false`: a site asked for a login although they were sent, or all of them have expired. Null: not known yet.",
        ),
    }),
    cookiesUse: z.enum(["needed", "always"]),
    resolvesPerHour: z.int().nullable(),
    spacingSeconds: z.number(),
    hosts: z.array(z.string()),
    usedThisHour: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Egress" });
export type EgressResource = z.infer<typeof EgressResource>;

const severity = { ready: 0, cooling: 1, blocked: 2 } as const;

/** The representation of an egress for operators, at a time of the store's. */
export function toEgressResource(egress: Egress, now: Date, breaker: BreakerOptions): EgressResource {
  const { condition, cookies, enabled } = egress;
  const sites = Object.entries(condition.sites).map(([site, entry]) => {
    const gate = gateFor({ ...condition, sites: { [site]: entry } }, site, now.getTime(), breaker);
    const until = gate.kind === "held" ? gate.until : entry.until;
    return {
      site,
      state: entry.held ?? ("ready" as const),
      until: until === null ? null : new Date(until).toISOString(),
      reason: reasonOf(site, entry),
    };
  });
  // The proxy before its sites, and what is worse before what is less.
  const [worst] = sites.toSorted(
    (one, other) =>
      severity[other.state] - severity[one.state] || Number(other.site === proxySite) - Number(one.site === proxySite),
  );
  return {
    ...{ id: egress.id, name: egress.name, pool: egress.pool, builtIn: egress.id === directEgressId, enabled },
    state: enabled ? (worst?.state ?? "ready") : "disabled",
    until: enabled ? (worst?.until ?? null) : null,
    reason: enabled ? (worst?.reason ?? null) : "It was disabled by an operator.",
    sites,
    proxy: { present: egress.proxy !== null },
    cookies: {
      present: cookies !== null,
      checkedAt: cookies?.checkedAt?.toISOString() ?? null,
      valid: cookies?.valid ?? null,
    },
    ...{
      cookiesUse: egress.cookiesUse,
      resolvesPerHour: egress.resolvesPerHour,
      spacingSeconds: egress.spacingSeconds,
    },
    hosts: [...egress.hosts],
    usedThisHour: usedThisHour(condition, now.getTime()),
    createdAt: egress.createdAt.toISOString(),
    updatedAt: egress.updatedAt.toISOString(),
  };
}
