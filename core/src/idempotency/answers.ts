/** How long an answer is kept, in milliseconds: a day, as clients expect of an `Idempotency-Key`. */
export const answerKeptMs = 86_400_000;

/** What a repeated request is recognised by. */
export interface RepeatKey {
  readonly owner: string;
  /** Keys of different operations have nothing to do with each other. */
  readonly operation: string;
  /** Of the key that the client sent. */
  readonly keyHash: string;
  /** Of what was asked for: the same key with another request is an error. */
  readonly fingerprint: string;
}

/** What {@link Answers.begin} found. */
export type Beginning =
  /** Nobody has asked this before, or what was asked did not come to its end in time: the caller holds the key now. */
  | { readonly kind: "begun" }
  /** It was asked and answered. */
  | { readonly kind: "answered"; readonly answer: string }
  /** It was asked, and still runs. */
  | { readonly kind: "running" }
  /** The key was used for something else. */
  | { readonly kind: "conflict" };

/**
 * What requests with an `Idempotency-Key` were answered. Used in a transaction, the answer becomes true with the change it
 * tells of. Used without one, for what cannot be a transaction, a key is held while the request runs.
 *
 * Promised: of several callers at the same time one begins. Not promised: that a holder whose time is over has stopped.
 */
export interface Answers {
  /**
   * Takes the key, unless it was answered within {@link answerKeptMs} or somebody else holds it. Within a transaction it waits
   * for another transaction that has the key, and finds what that has answered.
   * @param holder names the caller
   * @param holdMs how long it may take; after that the key can be taken by others
   */
  begin(key: RepeatKey, holder: string, holdMs: number): Promise<Beginning>;
  /** Writes the answer of what the holder began. False: it holds the key no longer, and nothing was written. */
  complete(key: RepeatKey, holder: string, answer: string): Promise<boolean>;
  /** Gives an unanswered key back, so that the request can be made again at once. */
  release(key: RepeatKey, holder: string): Promise<void>;
  /** Removes what is older than {@link answerKeptMs}; returns how many. */
  removeOld(limit: number): Promise<number>;
}
