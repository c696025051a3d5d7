import type { EgressLease } from "../../../egress/egresses.ts";
import { digestOf, type Look } from "../../../egress/looks.ts";
import { identityOf } from "../../../library/reuse-key.ts";
import { unlessAborted } from "../../../runtime/unless-aborted.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { Telemetry } from "../../../telemetry/telemetry.ts";
import { mediaOf } from "./describe.ts";
import type { Info } from "./info.ts";

/** Which text a plan was made of, so that one whose links are refused is not taken again. */
export interface LookRef {
  readonly id: string;
  /** It was found by an earlier look. */
  readonly isKept: boolean;
}

/** One look at a link. */
export interface LookSpec {
  readonly egress: EgressLease;
  /** The link, and what yt-dlp says more of it for this look than for others. */
  readonly link: string;
  readonly purpose: "attempt" | "probe";
  /** False: the source is asked for certain, and what it says is kept for nobody. */
  readonly isShared: boolean;
  /** Texts whose links were refused. */
  readonly refused?: readonly string[];
  readonly signal: AbortSignal;
}

/** How it is looked at a link. */
interface LookWays {
  /** Makes the info of a text that was found before. */
  readonly load: (text: string) => Promise<Info>;
  /** Asks the source; `text` reads what it said. */
  readonly ask: () => Promise<{ readonly info: Info; readonly text: () => Promise<string> }>;
}

/** Looks of this process, which ask a source once for what is asked at the same time or within minutes. */
export interface SharedLooks {
  /** What is at a link, found now or before. What was found before and cannot be loaded is asked for anew. */
  take(spec: LookSpec, ways: LookWays): Promise<{ readonly info: Info; readonly look: LookRef | null }>;
}

/** Looks at links, shared through what the leases of egresses keep. */
export function createSharedLooks(
  now: () => number,
  { logger, telemetry }: { readonly logger?: Logger | undefined; readonly telemetry?: Telemetry | undefined },
): SharedLooks {
  /** Looks under way, and what they find; null: nothing that others may take. */
  const running = new Map<string, Promise<Look | null>>();

  return {
    async take({ egress, link, purpose, isShared, refused = [], signal }, { load, ask }) {
      const told = (how: "asked" | "joined" | "kept") => telemetry?.happened("link-looked-at", { purpose, how });
      const shelf = isShared ? egress.looks : undefined;
      if (shelf === undefined) {
        told("asked");
        const { info } = await ask();
        return { info, look: null };
      }

      const loaded = async (look: Look | null, how: "joined" | "kept") => {
        if (look === null || refused.includes(look.id)) return null;
        try {
          const info = await load(look.text);
          told(how);
          return { info, look: { id: look.id, isKept: true } };
        } catch (error) {
          signal.throwIfAborted();
          // The source says better what is wrong, if it still is.
          logger?.debug("what was found at a link before does not do; it is looked at anew", { error });
          return null;
        }
      };

      const name = `${shelf.id} ${link}`;
      const before = running.get(name);
      if (before !== undefined) {
        const joined = await loaded(await unlessAborted(before, signal), "joined");
        if (joined !== null) return joined;
      }
      const found = Promise.withResolvers<Look | null>();
      // Of those that waited in vain the first asks for the others.
      if (!running.has(name)) running.set(name, found.promise);
      try {
        const kept = before === undefined ? await shelf.find(link) : null;
        if (kept !== null && !refused.includes(kept.id)) found.resolve(kept);
        const done = await loaded(kept, "kept");
        if (done !== null) return done;
        told("asked");
        const { info, text: read } = await ask();
        if (!mayBeShared(info)) return { info, look: null };
        const text = await read();
        const id = await digestOf(text);
        found.resolve({ text, id });
        await shelf.keep(link, text, expiryOf(info, now()));
        return { info, look: { id, isKept: false } };
      } finally {
        found.resolve(null);
        if (running.get(name) === found.promise) running.delete(name);
      }
    },
  };
}

/**
 * Whether yt-dlp can go on from it for somebody else: one video that has a name of its own (what lies at a plain link may be
 * another file the next time), and is neither live nor about to be.
 */
function mayBeShared(info: Info): boolean {
  if (info._type === "playlist" || info.formats.length === 0) return false;
  if (info.is_live === true || !["not_live", "was_live", null, undefined].includes(info.live_status)) return false;
  return identityOf(mediaOf(info, "")) !== null;
}

/** When the first of its links can no longer be fetched, as far as they say so. */
function expiryOf(info: Info, now: number): Date | null {
  const times = info.formats.flatMap(({ url }) => {
    const seconds = /[?&/](?:expires?|exp)[=/](\d{10})(?!\d)/i.exec(url ?? "")?.[1];
    const time = Number(seconds) * 1000;
    // What lies far from now is no time of expiry.
    return seconds === undefined || Math.abs(time - now) > 30 * 86_400_000 ? [] : [time];
  });
  return times.length === 0 ? null : new Date(Math.min(...times));
}
