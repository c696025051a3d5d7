import type { AttemptDeps } from "../dependencies.ts";
import { offerHints } from "../jobs/announce.ts";
import { sha256Hex } from "../runtime/sha256.ts";
import { type BreakerOptions, judge, type Outcome, renewed, verdictOf } from "./breaker.ts";
import { allEgresses } from "./choose-egress.ts";
import { directEgressId, type Egress } from "./egress.ts";
import type { EgressUse, SourceAnswer } from "./egresses.ts";
import { tellBlocked } from "./tell-blocked.ts";
import { ensureWritten } from "./write-condition.ts";

type SettleDeps = Pick<AttemptDeps, "database" | "clock" | "logger" | "telemetry" | "queue" | "signals" | "events">;

/** One use of an egress. */
export interface LeasedUse extends Pick<EgressUse, "url" | "purpose"> {
  readonly egress: Pick<Egress, "id" | "name">;
  readonly site: string;
  /** Of a trial. */
  readonly token: string | null;
}

/** How a use came out. */
export interface UseAnswer extends SourceAnswer {
  /** Cookies were sent. */
  readonly signedIn: boolean;
  /** How the proxy of the egress failed; null: it did not. */
  readonly failure: string | null;
}

interface SettleOptions {
  readonly breaker: BreakerOptions;
}

/** Different links in a row that the egress which nobody has set up may be refused: it is the only one of most services. */
const directPatience = 3;
/** The same for a login although cookies were sent: one account may not see every video. Without cookies it is said of the video. */
const loginPatience = 3;

/** Writes what an answer says of the egress that got it. */
export async function settleUse(
  deps: SettleDeps,
  options: SettleOptions,
  use: LeasedUse,
  answer: UseAnswer,
): Promise<void> {
  const { code, failure, signedIn, retryAt = null } = answer;
  const { egress, site, purpose, token } = use;
  const verdict = failure !== null ? "refused" : code === "login_required" && !signedIn ? "taken" : verdictOf(code);
  if (verdict === "refused") {
    if (code !== null && failure === null) {
      deps.telemetry.happened("egress-refused", { egress: egress.name, purpose, code });
      deps.logger.warn("a source turns this egress away", { egress: egress.name, purpose, code, site });
    } else deps.logger.warn("the proxy of an egress fails", { egress: egress.name, purpose, failure });
  }
  const patient = code === "login_required" && failure === null ? loginPatience : 1;
  const outcome: Outcome = {
    ...{ site, verdict, token, link: (await sha256Hex(use.url)).slice(0, 16) },
    code: failure === null ? (code ?? "internal_error") : "proxy",
    detail: failure ?? code ?? "",
    retryAt: retryAt?.getTime() ?? null,
    patience: egress.id === directEgressId ? directPatience : patient,
  };
  for (;;) {
    const view = await deps.database.egresses.read();
    const current = allEgresses(view).find(({ id }) => id === egress.id);
    if (current === undefined) return;
    const { condition, blocked, recovered } = judge(current.condition, outcome, view.now.getTime(), options.breaker);
    if (condition === current.condition) return;
    await ensureWritten(deps.database, current);
    const isWritten = blocked
      ? await deps.database.transaction(async (tx) => {
          if (!(await tx.egresses.writeCondition(current.id, current.version, condition))) return false;
          await tellBlocked(tx, { ...current, condition }, view.now, options.breaker);
          return true;
        })
      : await deps.database.egresses.writeCondition(current.id, current.version, condition);
    if (!isWritten) continue;
    if (blocked) deps.logger.error("an egress is blocked", { egress: egress.name, site });
    if (recovered) await resumeWaiting(deps);
    return;
  }
}

/** A trial is renewed this often before it would be given up. */
const renewals = 3;

/** Keeps a trial until the signal aborts. Never rejects. */
export async function renewTrial(
  deps: SettleDeps,
  { breaker }: SettleOptions,
  { egress, token }: LeasedUse,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && token !== null) {
    try {
      await deps.clock.sleep(breaker.trialMs / renewals, signal);
      const view = await deps.database.egresses.read();
      const current = view.egresses.find(({ id }) => id === egress.id);
      if (current === undefined) return;
      const condition = renewed(current.condition, token, view.now.getTime() + breaker.trialMs);
      // Lost against another write, it is renewed the next time.
      await deps.database.egresses.writeCondition(current.id, current.version, condition);
    } catch (error) {
      if (!signal.aborted)
        deps.logger.debug("a trial of an egress could not be renewed", { egress: egress.name, error });
    }
  }
}

/** Jobs that go on at once when an egress is free again; the others come by themselves. */
const resumedAtOnce = 500;

/** An egress is free, or has changed: jobs that wait for one look again. */
export async function resumeWaiting(
  deps: Pick<SettleDeps, "database" | "queue" | "signals" | "events" | "logger">,
): Promise<void> {
  const hints = await deps.database.dispatch.endWaiting("egress", resumedAtOnce);
  await offerHints(deps, hints);
}
