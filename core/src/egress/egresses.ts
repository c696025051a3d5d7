import { AppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import type { LookShelf } from "./looks.ts";

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

/** How the source answered, as {@link EgressLease.report} is told. */
export interface SourceAnswer {
  /** Null for success, else the code of the failure. */
  readonly code: ErrorCode | null;
  /** Earliest time that the source named. */
  readonly retryAt?: Date | null;
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
  /** What was found at links lately with this lease's address and cookies, for the owner it is leased for. Absent: nothing is kept. */
  readonly looks?: LookShelf;
  /** There are cookies that are sent only once the source has asked for them: a lease with them. Absent: there are none. */
  withCookies?(): EgressLease;
  /** How its own proxy has failed since the lease began; null or absent: it has not. */
  proxyFailure?(): string | null;
  /** Reports how the source answered. */
  report(answer: SourceAnswer): void;
  /** Ends the lease, and resolves when what was reported is written. Never rejects. */
  release(): Promise<void>;
}

/** Name of the egress that everybody uses: the address of the machine, or its proxy. */
export const directEgressName = "direct";

/** What an egress is wanted for. */
export interface EgressUse {
  /** The link; its host determines which egresses are eligible. */
  readonly url: string;
  readonly purpose: "attempt" | "probe";
  /** Who gets what comes through it. Absent: what is found is kept for nobody. */
  readonly owner?: string;
  /** Name of an egress or a pool that it must be; null or absent: any. */
  readonly egress?: string | null;
  /** Names of egresses that have had their turn. */
  readonly not?: readonly string[];
  readonly signal: AbortSignal;
}

/** Leases egresses. Sites rate-limit egresses, not workers: every request to a site needs a lease first. */
export interface Egresses {
  /**
   * Rejects with the signal's reason, {@link NoEgressNow} when those that are eligible are all held back, or `not_configured`
   * when none is eligible.
   */
  lease(use: EgressUse): Promise<EgressLease>;
}

/** No egress can be had now. Waiting for one is no attempt. */
export class NoEgressNow extends AppError {
  /** @param until when it is worth asking again; null: when an operator has changed something */
  constructor(detail: string, until: Date | null) {
    super("unavailable", detail, {
      ...(until !== null && { retryAt: until }),
      hint: "It goes on by itself as soon as an egress is free; GET /egresses tells an operator more.",
    });
  }
}
