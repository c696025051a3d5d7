import { type ErrorCode, errorCodes } from "../errors/codes.ts";
import { type EgressCondition, proxySite, type SiteCondition, type Trial } from "./condition.ts";

/** How an egress is held back, and for how long. */
export interface BreakerOptions {
  /** How long it is held back the first time. Each further time in a row is four times as long, up to an hour's worth. */
  readonly coolMs: number;
  /** A trial that was not renewed for this long is given up. */
  readonly trialMs: number;
}

export const defaultBreaker: BreakerOptions = { coolMs: 60_000, trialMs: 60_000 };

/** Held back so often in a row, an egress counts as blocked. */
const strikesToBlock = 3;
/** The longest time, as a multiple of the first. */
const longestFactor = 60;

/** Longest `Retry-After` of a source that is believed. */
const longestAskedMs = 24 * 3_600_000;

/** Whether an egress can be used for a site. */
export type Gate =
  | { readonly kind: "open" }
  /** One may try whether it is taken again. */
  | { readonly kind: "trial"; readonly sites: readonly string[] }
  /** Not before `until`. */
  | { readonly kind: "held"; readonly until: number; readonly site: SiteCondition };

/** Whether an egress in this condition can be used for a site. */
export function gateFor(condition: EgressCondition, site: string, now: number, options: BreakerOptions): Gate {
  const half: string[] = [];
  for (const key of [proxySite, site]) {
    const entry = condition.sites[key];
    if (entry === undefined || entry.held === null) continue;
    const until = boundedUntil(entry, now, options);
    if (until > now) return { kind: "held", until, site: entry };
    const trialUntil = Math.min(entry.trial?.until ?? 0, now + options.trialMs);
    if (trialUntil > now) return { kind: "held", until: trialUntil, site: entry };
    half.push(key);
  }
  return half.length === 0 ? { kind: "open" } : { kind: "trial", sites: half };
}

/** A clock that was set back must not hold an egress for longer than ever was meant. */
function boundedUntil({ until }: SiteCondition, now: number, { coolMs }: BreakerOptions): number {
  return Math.min(until ?? now, now + Math.max(coolMs * longestFactor, longestAskedMs));
}

/** The condition with a trial of each of these sites. */
export function withTrial(condition: EgressCondition, sites: readonly string[], trial: Trial): EgressCondition {
  const tried = sites.flatMap((key) => {
    const entry = condition.sites[key];
    return entry === undefined ? [] : [[key, { ...entry, trial }] as const];
  });
  return { ...condition, sites: { ...condition.sites, ...Object.fromEntries(tried) } };
}

/** What an answer says of the egress that got it. */
export type Verdict = "taken" | "refused" | "unclear";

/** Failures that are answers of the source all the same. */
const answers: ReadonlySet<ErrorCode> = new Set([
  ...(["video_private", "video_removed", "members_only", "age_restricted", "geo_blocked"] as const),
  ...(["copyright_blocked", "drm_protected", "live_not_started", "live_not_supported"] as const),
  ...(["format_unavailable", "playlist_empty", "file_too_large", "too_long"] as const),
]);

/** What an outcome says of the egress: null is success. */
export function verdictOf(code: ErrorCode | null): Verdict {
  if (code === null || answers.has(code)) return "taken";
  return errorCodes[code].retry === "egress" ? "refused" : "unclear";
}

/** How a use of an egress came out. */
export interface Outcome {
  readonly site: string;
  /** Digest of the link. */
  readonly link: string;
  readonly verdict: Verdict;
  /** Of a refusal: what was said. `proxy`: the egress's own proxy failed. */
  readonly code: ErrorCode | "proxy";
  readonly detail: string;
  /** Earliest time that the source named. */
  readonly retryAt: number | null;
  /** Of a trial. */
  readonly token: string | null;
  /** Different links that have to be refused in a row until the egress is held back. */
  readonly patience: number;
}

/** What became of the condition. */
export interface Judged {
  readonly condition: EgressCondition;
  /** It is blocked since now. */
  readonly blocked: boolean;
  /** It is held back no longer. */
  readonly recovered: boolean;
}

/** The condition after an outcome; the same object where nothing has changed. */
export function judge(condition: EgressCondition, outcome: Outcome, now: number, options: BreakerOptions): Judged {
  const { verdict, token } = outcome;
  if (verdict === "refused") return refused(condition, outcome, now, options);
  const sites: Record<string, SiteCondition> = { ...condition.sites };
  let changed = false;
  let recovered = false;
  for (const key of [proxySite, outcome.site]) {
    const entry = sites[key];
    if (entry === undefined) continue;
    const isTrial = token !== null && entry.trial?.token === token;
    // Of what began before it was held back, a success says nothing about now.
    if (verdict === "taken" && (isTrial || entry.held === null)) {
      delete sites[key];
      recovered ||= entry.held !== null;
      changed = true;
    } else if (isTrial) {
      sites[key] = { ...entry, trial: null };
      changed = true;
    }
  }
  return { condition: changed ? { ...condition, sites } : condition, blocked: false, recovered };
}

function refused(condition: EgressCondition, outcome: Outcome, now: number, options: BreakerOptions): Judged {
  const { code, detail, token, link } = outcome;
  const key = code === "proxy" ? proxySite : outcome.site;
  const sites: Record<string, SiteCondition> = { ...condition.sites };
  // A trial that failed in another way than it was made for leaves that open.
  for (const [other, entry] of Object.entries(sites))
    if (other !== key && token !== null && entry.trial?.token === token) sites[other] = { ...entry, trial: null };
  const before = sites[key];
  const isTrial = token !== null && before?.trial?.token === token;
  const asked = outcome.retryAt === null ? 0 : Math.min(outcome.retryAt, now + longestAskedMs);
  if (before !== undefined && before.held !== null && !isTrial) {
    // It was under way when the egress was held back.
    sites[key] = { ...before, until: Math.max(before.until ?? 0, asked) };
    return { condition: { ...condition, sites: bounded(sites) }, blocked: false, recovered: false };
  }
  const links = [...new Set([...(before?.refused ?? []), link])].slice(-outcome.patience);
  const isHeld = isTrial || links.length >= outcome.patience;
  const strikes = (before?.strikes ?? 0) + (isHeld ? 1 : 0);
  const held = !isHeld ? null : strikes >= strikesToBlock ? "blocked" : "cooling";
  const cool = options.coolMs * Math.min(longestFactor, held === "blocked" ? longestFactor : 4 ** (strikes - 1));
  const until = isHeld ? Math.max(now + cool, asked) : null;
  sites[key] = { refused: links, held, until, strikes, code, detail, trial: null };
  const blocked = held === "blocked" && before?.held !== "blocked";
  return { condition: { ...condition, sites: bounded(sites) }, blocked, recovered: false };
}

/** Sites whose trouble is remembered at once; an egress for all hosts meets any number. */
const mostSites = 100;

function bounded(sites: Readonly<Record<string, SiteCondition>>): Readonly<Record<string, SiteCondition>> {
  const entries = Object.entries(sites);
  if (entries.length <= mostSites) return sites;
  return Object.fromEntries(
    entries.sort(([, one], [, other]) => (other.until ?? 0) - (one.until ?? 0)).slice(0, mostSites),
  );
}

/** The trial is still under way. */
export function renewed(condition: EgressCondition, token: string, until: number): EgressCondition {
  const mine = Object.entries(condition.sites).filter(([, { trial }]) => trial?.token === token);
  return withTrial(
    condition,
    mine.map(([key]) => key),
    { token, until },
  );
}
