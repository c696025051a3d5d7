import type { ErrorCode } from "../errors/codes.ts";

/** A private copy of cookies for one run of a program. */
export interface LentCookies {
  /** The copy; readable to us alone, in a folder of its own. */
  readonly path: string;
  /**
   * Takes over what the site changed, and removes the copy. Never rejects: the run is over, and what came of it counts.
   * `succeeded`: the run ended well, so that what is missing in the copy was taken away by the site.
   */
  giveBack(outcome: { readonly succeeded: boolean }): Promise<void>;
}

/** The cookies that an egress shows to sites. */
export interface CookieJar {
  /** Copies the cookies into a new folder inside `home`. */
  lend(home: string): Promise<LentCookies>;
}

/**
 * The right to appear before sites as one egress, an address or proxy and perhaps cookies, for one attempt or one look at
 * a link. It is held until it is released.
 */
export interface EgressLease {
  /** Name of the egress, for logs and metrics. */
  readonly egress: string;
  /** Where all traffic to sources goes: the guard, which goes on through the proxy of the egress. A secret. */
  readonly proxyUrl: string;
  /** Null: without cookies. */
  readonly cookies: CookieJar | null;
  /** Tells how the source answered: null for well, else the code of the failure. */
  report(code: ErrorCode | null): void;
  /** Ends the lease. Never rejects. */
  release(): Promise<void>;
}

/** What an egress is wanted for. */
export interface EgressUse {
  /** The link; its host decides which egresses come into question. */
  readonly url: string;
  readonly purpose: "attempt" | "probe";
  readonly signal: AbortSignal;
}

/** Hands out egresses. Sites limit egresses, not workers: whoever wants something of a site needs a lease first. */
export interface Egresses {
  /** Rejects with the signal's reason, or `unavailable` when no egress can be had now. */
  lease(use: EgressUse): Promise<EgressLease>;
}
