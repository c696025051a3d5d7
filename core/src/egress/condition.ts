import type { ErrorCode } from "../errors/codes.ts";

/*
 * The condition of an egress is one value that is replaced as a whole, by whoever has read it, if nobody else has since
 * (`StoredEgresses.writeCondition`). So what may happen to it is decided here, by functions without side effects, and not
 * once more in each store. Times are milliseconds since 1970, by the store's clock.
 */

/** A use of the half-open state: one at a time finds out whether a source takes the egress again. */
export interface Trial {
  readonly token: string;
  /** It is given up then unless it was renewed: whoever had it is gone. */
  readonly until: number;
}

/** How a source, or the egress's own proxy, has behaved lately. */
export interface SiteCondition {
  /** Digests of the links that were refused since the last success. */
  readonly refused: readonly string[];
  /** Null: not enough were refused to hold the egress back. */
  readonly held: "cooling" | "blocked" | null;
  /** Earliest time of the next trial; null while it is not held back. */
  readonly until: number | null;
  /** How often in a row it was held back. */
  readonly strikes: number;
  /** What was said last: a code, or that its proxy failed. */
  readonly code: ErrorCode | "proxy";
  readonly detail: string;
  readonly trial: Trial | null;
}

/** What changes of an egress with its use. */
export interface EgressCondition {
  readonly v: 1;
  /** How often it was used in which minute since 1970; older than an hour are left out. */
  readonly uses: readonly (readonly [minute: number, count: number])[];
  /** Earliest time of the next use. */
  readonly nextAt: number;
  readonly usedAt: number;
  /** By site; {@link proxySite} is the egress's own proxy. Sites without trouble are left out. */
  readonly sites: Readonly<Record<string, SiteCondition>>;
}

/** Where trouble with the proxy itself is kept: it concerns every site. */
export const proxySite = "*";

export const freshCondition: EgressCondition = { v: 1, uses: [], nextAt: 0, usedAt: 0, sites: {} };
