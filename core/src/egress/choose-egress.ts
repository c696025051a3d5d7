import { type BreakerOptions, gateFor, withTrial } from "./breaker.ts";
import { nextUse, used, waitHorizonMs } from "./budget.ts";
import { type EgressCondition, freshCondition } from "./condition.ts";
import { defaultSettings, directEgressId, type Egress } from "./egress.ts";
import { directEgressName } from "./egresses.ts";
import { heldReason } from "./reasons.ts";
import { isFor } from "./site.ts";
import type { EgressView } from "./stored-egresses.ts";

/** What an egress is chosen for. */
export interface Wanted {
  readonly site: string;
  /** Name of an egress or a pool; null: any. */
  readonly name: string | null;
  /** Names of those that had their turn. */
  readonly not: readonly string[];
  /** Names of those that spare the source a question, when they can be used now or soon. */
  readonly preferred?: readonly string[];
}

/** Which egress is used, or why none is. */
export type Choice =
  | {
      readonly kind: "take";
      readonly egress: Egress;
      /** To be written over the one that was read. */
      readonly condition: EgressCondition;
      /** When it may be used, in milliseconds since 1970. */
      readonly at: number;
      /** Whether this use finds out if a source takes the egress again. */
      readonly isTrial: boolean;
    }
  | {
      readonly kind: "wait";
      /** When it is worth asking again; null: when an operator has changed something. */
      readonly until: number | null;
      readonly detail: string;
    }
  | { readonly kind: "none"; readonly detail: string };

/** The egress that every service has, as it is while nobody has changed it. */
export function unchangedDirect(now: Date): Egress {
  return {
    ...defaultSettings,
    ...{ id: directEgressId, name: directEgressName, resolvesPerHour: null, spacingSeconds: 0, cookiesUse: "always" },
    ...{ proxy: null, cookies: null, condition: freshCondition, version: 0, createdAt: now, updatedAt: now },
  };
}

/** All egresses, with the one that every service has. */
export function allEgresses({ now, egresses }: EgressView): readonly Egress[] {
  return egresses.some(({ id }) => id === directEgressId) ? egresses : [unchangedDirect(now), ...egresses];
}

/**
 * The egresses that may be used for this. The one that every service has is among them when it is named, or while there is no
 * other for the site: whoever sets up proxies does not want to be seen without one.
 */
function eligible(all: readonly Egress[], { site, name }: Wanted): readonly Egress[] {
  const named = name === null ? all : all.filter((egress) => egress.name === name || egress.pool === name);
  const forSite = named.filter(({ hosts }) => isFor(hosts, site));
  const own = forSite.filter(({ id }) => id !== directEgressId);
  return name !== null || own.length === 0 ? forSite : own;
}

/**
 * Chooses an egress: one that is preferred, else of those that can be used now the one that has rested longest, else the one that can be used first, if
 * that is soon.
 * @param random 0 to 1
 * @param token names the trial, if it becomes one
 */
export function chooseEgress(
  view: EgressView,
  wanted: Wanted,
  how: { readonly breaker: BreakerOptions; readonly random: number; readonly token: string },
): Choice {
  const all = allEgresses(view);
  const { site, name } = wanted;
  if (name !== null && !all.some((egress) => egress.name === name || egress.pool === name))
    return { kind: "none", detail: `There is no egress or pool with the name ${JSON.stringify(name)}.` };
  const may = eligible(all, wanted);
  if (may.length === 0)
    return {
      kind: "none",
      detail: `There is no egress for ${site}${name === null ? "" : ` in ${JSON.stringify(name)}`}.`,
    };
  const now = view.now.getTime();
  const on = may.filter((egress) => egress.enabled && !wanted.not.includes(egress.name));
  if (on.length === 0) {
    const detail = may.some(({ enabled }) => enabled)
      ? `There is no other egress for ${site}.`
      : `Every egress for ${site} is disabled.`;
    return { kind: "wait", until: null, detail };
  }
  const chances = on
    .map((egress) => {
      const gate = gateFor(egress.condition, site, now, how.breaker);
      const at = gate.kind === "held" ? gate.until : nextUse(egress, egress.condition, now);
      return { egress, gate, at };
    })
    .sort((one, other) => one.at - other.at || one.egress.condition.usedAt - other.egress.condition.usedAt);
  const first = chances[0] as (typeof chances)[number];
  // Only a use that is not held back can be reserved for a time to come.
  const free = chances.filter(
    ({ gate, at }) => gate.kind !== "held" && at <= now + (gate.kind === "open" ? waitHorizonMs : 0),
  );
  const soon = free.find((chance) => wanted.preferred?.includes(chance.egress.name)) ?? free[0];
  if (soon === undefined) {
    return { kind: "wait", until: first.at, detail: heldReason(first.egress, first.gate, on.length, site) };
  }
  const { egress, gate, at } = soon;
  const counted = used(egress, egress.condition, { at, now, random: how.random });
  const isTrial = gate.kind === "trial";
  const trial = { token: how.token, until: now + how.breaker.trialMs };
  const condition = isTrial ? withTrial(counted, gate.sites, trial) : counted;
  return { kind: "take", egress, condition, at, isTrial };
}
