import type { Gate } from "./breaker.ts";
import type { SiteCondition } from "./condition.ts";
import type { Egress } from "./egress.ts";

const said: Readonly<Record<string, string>> = {
  bot_check: "takes it for a bot",
  rate_limited: "limits it",
  login_required: "asks for a login",
};

/** Why an egress is held back, for people: what a site said of it, or how its proxy failed. */
export function reasonOf(site: string, { code, detail }: Pick<SiteCondition, "code" | "detail">): string {
  if (code === "proxy") return `Its proxy fails: ${detail}.`;
  return `${site} ${said[code] ?? "turns it away"} (${code}).`;
}

/** Why a job waits for an egress, for people. */
export function heldReason(egress: Egress, gate: Gate, eligible: number, site: string): string {
  const who = `The egress ${egress.name}`;
  const others = eligible > 1 ? ` It is the first of ${eligible} for ${site} that is free again.` : "";
  if (gate.kind !== "held") {
    const { resolvesPerHour } = egress;
    const limit = resolvesPerHour === null ? "is paced" : `may be used ${resolvesPerHour} times an hour`;
    return `${who} ${limit}, and has had its uses for now.${others}`;
  }
  const why = gate.site.code === "proxy" ? "its proxy fails" : `${site} ${said[gate.site.code] ?? "turns it away"}`;
  return `${who} is held back: ${why}.${others}`;
}
