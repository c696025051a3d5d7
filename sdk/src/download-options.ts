import type { CallOptions } from "./transport.ts";

/** How to make a job. */
export interface CreateOptions extends CallOptions {
  /**
   * Two calls with the same key make one job, whatever happens in between. Default: a random one a call, which makes the
   * repetitions within the call safe.
   */
  readonly idempotencyKey?: string | undefined;
  /** Lets the service wait up to so many seconds, at most 60, for the end of the job before it answers. Look at its `state`. */
  readonly wait?: number | undefined;
}

/** How to change a job. */
export interface UpdateOptions extends CallOptions {
  /** Only if the job still has this `ETag`; else it rejects with `precondition_failed`. */
  readonly ifMatch?: string | undefined;
}

/** How to change several jobs. */
export interface BulkOptions extends CallOptions {
  /** See {@link CreateOptions.idempotencyKey}; a key for each page. */
  readonly idempotencyKey?: string | undefined;
}

/** How to fetch a file. */
export interface FileOptions extends CallOptions {
  /** Only these bytes, as in the `Range` header: `bytes=0-1023`. The answer is then a 206. */
  readonly range?: string | undefined;
  /** Through the service, also where the storage would serve the file itself, which pages may not be allowed to ask. */
  readonly proxy?: boolean | undefined;
}

/** How to make a link to a file. */
export interface LinkOptions extends CallOptions {
  /** How long it opens the file, in seconds, 60 to 604,800 (a week); 3,600. */
  readonly expiresInSeconds?: number | undefined;
}
