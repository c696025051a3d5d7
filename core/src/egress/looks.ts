import { sha256Hex } from "../runtime/sha256.ts";

/** What a program found at a link: its description of the media, as text. Holds signed links: a secret. */
export interface Look {
  readonly text: string;
  /** Names this text. */
  readonly id: string;
}

/**
 * What was found at links lately through one egress, for one owner. Signed links are made for an address and for who is signed in,
 * so nothing else may take them. Nothing here rejects: what is not found is looked at anew.
 */
export interface LookShelf {
  /** The same for the same {@link LookOrigin}. */
  readonly id: string;
  find(link: string): Promise<Look | null>;
  /** @param until after this its links cannot be fetched any more; null: not known */
  keep(link: string, text: string, until: Date | null): Promise<void>;
}

/** For whom, and through what, links are looked at. */
export interface LookOrigin {
  readonly owner: string;
  /** Name of the egress. */
  readonly egress: string;
  /** Tells apart what has one name and is seen under several addresses: the machines of the direct egress, or an egress before and after a change. */
  readonly address: string;
  readonly signedIn: boolean;
}

/** Everything that was found at links lately. */
export interface LookShelves {
  shelf(of: LookOrigin): LookShelf;
  /** Names of the egresses through which something was found for the owner, the newest first. Never rejects. */
  egressesOf(owner: string, link: string): Promise<readonly string[]>;
}

/** Links live longer than this when they are taken from a shelf, in milliseconds. */
const leastLifeMs = 5 * 60_000;

/** How long it may be kept, in milliseconds; 0 or less: not at all. */
export function keptFor(keptMs: number, until: Date | null, now: Date): number {
  return until === null ? keptMs : Math.min(keptMs, until.getTime() - now.getTime() - leastLifeMs);
}

/** Names a text, or what belongs together; says nothing about it. */
export async function digestOf(...parts: readonly unknown[]): Promise<string> {
  return await sha256Hex(JSON.stringify(parts));
}

/** The name of what was found through this. It is made at once, so it is no digest, and never leaves the process. */
export const shelfName = ({ owner, egress, address, signedIn }: LookOrigin): string =>
  JSON.stringify([owner, egress, address, signedIn]);
