import type { ErrorCode } from "../errors/codes.ts";

/** A private copy of a cookie jar for one run of a program. */
export interface CookieCopy {
  /** The file, readable by this user only, in a folder of its own. */
  readonly path: string;
  /**
   * Merges the site's changes into the jar, and removes the copy. Never rejects: the outcome of the run must not depend on it.
   * `succeeded`: the run ended without error, so cookies missing in the copy were deleted by the site.
   */
  mergeBack(outcome: { readonly succeeded: boolean }): Promise<void>;
}

/** The cookies that an egress sends to sites. */
export interface CookieJar {
  /** Copies the cookies into a new folder inside `home`. */
  copyInto(home: string): Promise<CookieCopy>;
}

/**
 * The right to use one egress (an address or proxy, and perhaps cookies) for one attempt or one probe, until it is released.
 */
export interface EgressLease {
  /** Name of the egress, for logs and metrics. */
  readonly egress: string;
  /** Proxy for all traffic to sources: the guard, which forwards through the proxy of the egress. A secret. */
  readonly proxyUrl: string;
  /** Null: without cookies. */
  readonly cookies: CookieJar | null;
  /** Reports how the source answered: null for success, else the code of the failure. */
  report(code: ErrorCode | null): void;
  /** Ends the lease. Never rejects. */
  release(): Promise<void>;
}

/** Name of the egress that everybody uses: the address of the machine, or its proxy. */
export const directEgressName = "direct";

/** What an egress is wanted for. */
export interface EgressUse {
  /** The link; its host determines which egresses are eligible. */
  readonly url: string;
  readonly purpose: "attempt" | "probe";
  readonly signal: AbortSignal;
}

/** Leases egresses. Sites rate-limit egresses, not workers: every request to a site needs a lease first. */
export interface Egresses {
  /** Rejects with the signal's reason, or `unavailable` when no egress can be had now. */
  lease(use: EgressUse): Promise<EgressLease>;
}
