import type { Repositories } from "../database/database.ts";
import type { BreakerOptions } from "./breaker.ts";
import { listEgresses } from "./manage-egresses.ts";
import { toEgressResource } from "./resource.ts";

/** One line for each egress, for health and doctor: one that is held back is a warning, since others may do its work. */
export async function checkEgresses(
  { database }: { readonly database: Pick<Repositories, "egresses"> },
  breaker: BreakerOptions,
): Promise<
  readonly {
    readonly name: string;
    readonly status: "ok" | "warning";
    readonly detail: string;
    readonly fix?: string;
  }[]
> {
  const { now, egresses } = await listEgresses({ database });
  return egresses.map((egress) => {
    const { state, reason, until, usedThisHour, resolvesPerHour } = toEgressResource(egress, now, breaker);
    const name = `egress ${egress.name}`;
    const budget = resolvesPerHour === null ? "" : `, ${usedThisHour} of ${resolvesPerHour} uses this hour`;
    if (state === "ready" || state === "disabled") return { name, status: "ok", detail: `${state}${budget}` };
    const detail = `${state}${until === null ? "" : ` until ${until}`}: ${reason}`;
    return {
      name,
      status: "warning",
      detail,
      fix: "Wait, use another proxy or other cookies, or POST /egresses/{id}/reset.",
    };
  });
}
