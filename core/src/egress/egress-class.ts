import type { EgressLease } from "./egresses.ts";

/**
 * Who may see what came through an egress: everybody what it got as anybody would, and only the owner of the job what was
 * fetched with the cookies of an account.
 */
export type EgressClass = "public" | "private";

/** The class of what is fetched through a lease. */
export function egressClassOf({ cookies }: Pick<EgressLease, "cookies">): EgressClass {
  return cookies === null ? "public" : "private";
}
