/** What was found at a link, to be kept for others who ask for the same. */
export interface NewLook {
  /** Digest of its owner and the link. */
  readonly key: string;
  /** Digest of what it was found through, see {@link import("./looks.ts").LookOrigin}. */
  readonly shelf: string;
  readonly owner: string;
  /** Name of the egress. */
  readonly egress: string;
  /** Encrypted. */
  readonly sealed: string;
  /** It is not found any more after this time, in milliseconds. */
  readonly keptForMs: number;
}

/** What was found at links lately, shared by all processes. It holds signed links, and is encrypted. */
export interface KeptLooks {
  /** Writes over what was found through the same before. */
  put(look: NewLook): Promise<void>;
  /** Null: there is none, or it is past its time. */
  get(key: string, shelf: string): Promise<string | null>;
  /** Names of the egresses through which there is one, the newest first. */
  egressesOf(key: string): Promise<readonly string[]>;
  /**
   * Removes what is past its time, and of the rest all but the newest `most`; at most `limit` rows at a time. Returns how many
   * it has removed.
   */
  removeOld(most: number, limit: number): Promise<number>;
}
