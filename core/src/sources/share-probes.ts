import type { Probe, ProbeLink, ProbeOptions } from "../pipeline/downloader.ts";
import type { Clock } from "../runtime/clock.ts";
import { unlessAborted } from "../runtime/unless-aborted.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

/** How long an answer is given again at most, in milliseconds: as long as somebody looks at it before they decide what to fetch. */
const longestMs = 120_000;
/** Answers that are kept, and all their characters as JSON: long lists leave room for fewer. */
const mostKept = 500;
const mostCharacters = 16 * 1024 ** 2;

interface Kept {
  readonly probe: Probe;
  readonly characters: number;
  readonly until: number;
}

/** A probe under way, and how many wait for it. */
interface Running {
  readonly probe: Promise<Probe>;
  readonly unwanted: AbortController;
  waiting: number;
}

interface ShareProbesOptions {
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, "happened">;
  /** How long the operator allows that answers are kept, in milliseconds. */
  readonly keptMs: number;
}

/**
 * Asks once for what an owner asks several times, at the same moment or within minutes. What the cookies of one may see is never
 * told to another; what names no owner is shared with nobody. Failures are not kept. A probe ends early when nobody waits for it
 * any more.
 */
export function shareProbes(probe: ProbeLink, { clock, telemetry, keptMs }: ShareProbesOptions): ProbeLink {
  const running = new Map<string, Running>();
  // The oldest first.
  const kept = new Map<string, Kept>();
  let characters = 0;

  const forget = (key: string): void => {
    characters -= kept.get(key)?.characters ?? 0;
    kept.delete(key);
  };
  const keep = (key: string, found: Probe): void => {
    forget(key);
    const size = JSON.stringify(found).length;
    if (size > mostCharacters) return;
    kept.set(key, { probe: found, characters: size, until: clock.now().getTime() + Math.min(keptMs, longestMs) });
    characters += size;
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept && characters <= mostCharacters) break;
      forget(oldest);
    }
  };
  const find = (key: string): Probe | null => {
    const found = kept.get(key);
    if (found !== undefined && found.until > clock.now().getTime()) return found.probe;
    forget(key);
    return null;
  };

  const start = (key: string, url: string, options: ProbeOptions): Running => {
    const unwanted = new AbortController();
    const answered = probe(url, { ...options, signal: unwanted.signal }).then((found) => {
      keep(key, found);
      return found;
    });
    const begun: Running = { probe: answered, unwanted, waiting: 0 };
    running.set(key, begun);
    const end = () => {
      if (running.get(key) === begun) running.delete(key);
    };
    answered.then(end, end);
    return begun;
  };

  const waitFor = async (key: string, one: Running, signal: AbortSignal): Promise<Probe> => {
    one.waiting += 1;
    try {
      return await unlessAborted(one.probe, signal);
    } finally {
      one.waiting -= 1;
      if (one.waiting === 0 && running.get(key) === one) {
        // Whoever comes now asks anew.
        running.delete(key);
        one.unwanted.abort(signal.reason);
      }
    }
  };

  return async (url, options) => {
    const { signal, owner, reuse = "auto", holder: _, ...asked } = options;
    signal.throwIfAborted();
    if (owner === undefined || reuse === "never") return await probe(url, options);
    const key = JSON.stringify([url, owner, asked.through, asked.limit, asked.cursor, asked.offset]);
    const known = find(key);
    const one = running.get(key);
    // A question that is passed on is told of where the source is asked.
    if (known !== null || one !== undefined)
      telemetry.happened("link-looked-at", { purpose: "probe", how: known === null ? "joined" : "kept" });
    return known ?? (await waitFor(key, one ?? start(key, url, options), signal));
  };
}
