import type { AttemptDeps } from "../dependencies.ts";
import { AppError, toAppError } from "../errors/app-error.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import type { BreakerOptions } from "./breaker.ts";
import { chooseEgress } from "./choose-egress.ts";
import { type CookieTexts, proxyContext, storedCookieTexts } from "./cookie-text.ts";
import { directEgressId, type Egress } from "./egress.ts";
import {
  type CookieJar,
  type Egresses,
  type EgressLease,
  type EgressUse,
  NoEgressNow,
  type SourceAnswer,
} from "./egresses.ts";
import type { LookShelf, LookShelves } from "./looks.ts";
import { type LeasedUse, renewTrial, settleUse, type UseAnswer } from "./settle-use.ts";
import { linkOf, siteOf } from "./site.ts";
import { ensureWritten } from "./write-condition.ts";

/** How an egress reaches sources. */
export interface EgressWay {
  /** The guard, which goes on through the proxy of the egress. A secret. */
  readonly proxyUrl: string;
  /** Null: it has none. */
  readonly cookies: CookieJar | null;
  /** How the proxy of the egress has failed since the way was opened; null: it has not. */
  failure(): string | null;
  /** Never rejects. */
  close(): Promise<void>;
}

/** What a way is opened for. */
export interface WayTo {
  readonly name: string;
  /** It is the one that every service has, with PROXY_URL and COOKIES_FILE. */
  readonly isDirect: boolean;
  /** Null: the machine's own address. A secret. */
  readonly proxyUrl: string | null;
  readonly cookies: CookieTexts | null;
}

type PooledDeps = Pick<AttemptDeps, "database" | "clock" | "logger" | "telemetry" | "queue" | "signals" | "events">;

/** What leases need besides the store. */
export interface PooledOptions {
  readonly breaker: BreakerOptions;
  readonly secrets: SecretBox;
  /** What was found at links lately. Absent: nothing is kept. */
  readonly looks?: {
    readonly shelves: LookShelves;
    /** As what sites see this machine: only machines with the same may take what another one found through the direct egress. */
    readonly address: string;
  };
  openWay(to: WayTo): Promise<EgressWay>;
}

/** Pause before the store is asked again, in milliseconds, and of several that collided. */
const outageMs = 1_000;
const collisionMs = 20;

/** The egresses of the service, which all its processes share through the store. */
export function pooledEgresses(deps: PooledDeps, options: PooledOptions): Egresses {
  return {
    lease: async (use) => {
      const not = [...(use.not ?? [])];
      for (;;) {
        const taken = await take(deps, options, { ...use, not });
        try {
          return await open(deps, options, taken);
        } catch (error) {
          use.signal.throwIfAborted();
          const detail = `it cannot be opened: ${toAppError(error).message}`;
          deps.logger.error("an egress cannot be opened", { egress: taken.egress.name, error });
          await settleUse(deps, options, taken, { code: null, signedIn: false, failure: detail });
          not.push(taken.egress.name);
        }
      }
    },
  };
}

/** Takes an egress in the store, and waits until its turn has come. */
async function take(deps: PooledDeps, options: PooledOptions, use: EgressUse): Promise<Taken> {
  const { signal } = use;
  const site = siteOf(use.url);
  const wanted = { site, name: use.egress ?? null, not: use.not ?? [] };
  let preferred: readonly string[] | null = null;
  for (let collisions = 0; ; ) {
    signal.throwIfAborted();
    const token = crypto.randomUUID();
    const view = await deps.database.egresses.read().catch((error: unknown) => {
      if (toAppError(error).code !== "unavailable") throw error;
      return null;
    });
    if (view === null) {
      await deps.clock.sleep(outageMs, signal);
      continue;
    }
    // Where there is but one, there is nothing to prefer.
    if (view.egresses.length > 1) preferred ??= await preferredFor(options, use);
    const choice = chooseEgress(
      view,
      { ...wanted, preferred: preferred ?? [] },
      { breaker: options.breaker, random: Math.random(), token },
    );
    if (choice.kind === "none") throw new AppError("not_configured", choice.detail, { hint: unknownHint });
    if (choice.kind === "wait")
      throw new NoEgressNow(choice.detail, choice.until === null ? null : new Date(choice.until));
    const { egress, condition, at, isTrial } = choice;
    const isLimited = isTrial || egress.resolvesPerHour !== null || egress.spacingSeconds > 0;
    await ensureWritten(deps.database, egress);
    const isWritten = await deps.database.egresses.writeCondition(egress.id, egress.version, condition);
    // Of an egress without limits the count may miss one now and then.
    if (!isWritten && isLimited) {
      collisions += 1;
      await deps.clock.sleep(Math.random() * collisionMs * Math.min(collisions, 25), signal);
      continue;
    }
    const aheadMs = at - view.now.getTime();
    if (aheadMs > 0) await deps.clock.sleep(aheadMs, signal);
    const { url, purpose, owner = null } = use;
    return { egress, site, url, purpose, owner, token: isTrial ? token : null };
  }
}

/** Egresses through which the link was looked at lately: signed links are made for one address. */
async function preferredFor({ looks }: PooledOptions, { owner, url }: EgressUse): Promise<readonly string[]> {
  return looks === undefined || owner === undefined ? [] : await looks.shelves.egressesOf(owner, linkOf(url));
}

/** What is taken, and for whom. */
interface Taken extends LeasedUse {
  readonly egress: Egress;
  readonly owner: string | null;
}

const unknownHint = "Leave `egress` out, or ask the operator which egresses there are.";

async function open(deps: PooledDeps, options: PooledOptions, taken: Taken): Promise<EgressLease> {
  const { egress } = taken;
  const { secrets } = options;
  const isDirect = egress.id === directEgressId;
  const texts = egress.cookies === null ? null : storedCookieTexts(deps.database.egresses, secrets, egress.id);
  const way = await options.openWay({
    name: egress.name,
    isDirect,
    proxyUrl: egress.proxy === null ? null : await secrets.open(egress.proxy, proxyContext(egress.id)),
    cookies: texts,
  });
  let settled: Promise<void> | null = null;
  const settle = (answer: UseAnswer, areValid: boolean | null) => {
    settled = Promise.all([
      settleUse(deps, options, taken, answer),
      areValid === null ? undefined : texts?.mark(areValid),
    ]).then(
      () => undefined,
      (error: unknown) =>
        deps.logger.warn("how an egress was answered could not be written", { egress: egress.name, error }),
    );
  };
  const withFailure = (answer: SourceAnswer, signedIn: boolean): UseAnswer => ({
    ...answer,
    signedIn,
    failure: answer.code === null ? null : way.failure(),
  });
  const always = egress.cookiesUse === "always" ? way.cookies : null;
  const shelf = (signedIn: boolean): { readonly looks?: LookShelf } => {
    const { looks } = options;
    if (looks === undefined || taken.owner === null) return {};
    // With another proxy, or the cookies of another account, it is another one under the same name.
    const address = isDirect ? looks.address : `${egress.id} ${egress.updatedAt.getTime()}`;
    return { looks: looks.shelves.shelf({ owner: taken.owner, egress: egress.name, address, signedIn }) };
  };
  const ended = new AbortController();
  if (taken.token !== null) void renewTrial(deps, options, taken, ended.signal);
  const lease: EgressLease = {
    egress: egress.name,
    proxyUrl: way.proxyUrl,
    cookies: always,
    ...shelf(always !== null),
    proxyFailure: way.failure,
    // A success with cookies that are always sent does not tell whether it needed them.
    report: (answer) =>
      settle(
        withFailure(answer, always !== null),
        egress.cookiesUse === "always" && areTaken(answer) === false ? false : null,
      ),
    release: async () => {
      ended.abort();
      await way.close();
      // A trial that nothing was reported of is free for the next one.
      if (settled === null && taken.token !== null)
        settle({ code: "internal_error", failure: null, signedIn: false }, null);
      await settled;
    },
  };
  if (way.cookies === null || egress.cookiesUse === "always") return lease;
  const { cookies } = way;
  const report = (answer: SourceAnswer) => settle(withFailure(answer, true), areTaken(answer));
  return { ...lease, withCookies: () => ({ ...lease, ...shelf(true), cookies, report }) };
}

/** What the answer to a request with cookies, after one without them was refused, says of them; null: nothing. */
function areTaken({ code }: SourceAnswer): boolean | null {
  return code === null ? true : code === "login_required" ? false : null;
}
