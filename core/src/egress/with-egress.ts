import { AppError, toAppError } from "../errors/app-error.ts";
import { type ErrorCode, errorCodes } from "../errors/codes.ts";
import { type Egresses, type EgressLease, type EgressUse, NoEgressNow } from "./egresses.ts";

/** Failures that the cookies of an account may mend. */
const mendedByCookies: ReadonlySet<ErrorCode> = new Set([
  ...(["bot_check", "login_required", "age_restricted", "members_only", "video_private"] as const),
]);

/** Failures in which the egress's own proxy may have had a part. */
const mayBeTheProxy: ReadonlySet<ErrorCode> = new Set([
  ...(["network_error", "source_error", "stalled", "timed_out"] as const),
]);

/**
 * Runs work with a leased egress, and reports to it how the source answered. Where the source turns the egress away, or its
 * proxy fails, the work runs again through the next one that is eligible, until it succeeds or each has had its turn.
 * @param onMove called before the work runs again: what was fetched for one egress may be of no use for another
 */
export async function withEgress<T>(
  egresses: Egresses,
  use: EgressUse,
  work: (egress: EgressLease) => Promise<T>,
  onMove: () => Promise<void> = async () => undefined,
): Promise<T> {
  const not = [...(use.not ?? [])];
  let lease = await egresses.lease(use);
  for (;;) {
    const tried = await tryWork(lease, use, work, onMove);
    if ("result" in tried) return tried.result;
    if (!tried.elsewhere) throw tried.error;
    not.push(lease.egress);
    const next = await egresses.lease({ ...use, not }).catch((error: unknown) => {
      use.signal.throwIfAborted();
      // There is no other. What the source said is more than that.
      throw withRetryAt(tried.error, error);
    });
    if (not.includes(next.egress)) {
      // Where there is but one, it is handed out again.
      await next.release();
      throw tried.error;
    }
    await onMove();
    lease = next;
  }
}

type Tried<T> = { readonly result: T } | { readonly error: AppError; readonly elsewhere: boolean };

async function tryWork<T>(
  lease: EgressLease,
  use: EgressUse,
  work: (egress: EgressLease) => Promise<T>,
  onMove: () => Promise<void>,
): Promise<Tried<T>> {
  try {
    let current = lease;
    for (;;) {
      try {
        const result = await work(current);
        current.report({ code: null });
        return { result };
      } catch (thrown) {
        // Aborted work says nothing about the source.
        if (use.signal.aborted) throw thrown;
        const error = toAppError(thrown);
        const signedIn = mendedByCookies.has(error.code) ? current.withCookies?.() : undefined;
        if (signedIn !== undefined) {
          await onMove();
          current = signedIn;
          continue;
        }
        const failure = mayBeTheProxy.has(error.code) ? (lease.proxyFailure?.() ?? null) : null;
        current.report({ code: error.code, retryAt: error.retryAt });
        if (failure === null) return { error, elsewhere: errorCodes[error.code].retry === "egress" };
        const detail = `The proxy of the egress ${lease.egress} failed: ${failure}.`;
        return { error: new AppError("network_error", detail, { cause: thrown }), elsewhere: true };
      }
    }
  } finally {
    await lease.release();
  }
}

/** The failure, with the time at which an egress is free again where that is known. */
function withRetryAt(failure: AppError, reason: unknown): AppError {
  if (!(reason instanceof NoEgressNow) || reason.retryAt === null || failure.retryAt !== null) return failure;
  const { code, message, cause, hint } = failure;
  return new AppError(code, message, { cause, hint, retryAt: reason.retryAt });
}
