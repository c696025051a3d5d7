import { given } from "./given.ts";
import type { CallOptions } from "./transport.ts";

/** How to do something that must not happen twice. */
export interface OnceOptions extends CallOptions {
  /** Calls with the same key do it once and give the same answer. Default: a random one a call, for the repetitions within it. */
  readonly idempotencyKey?: string | undefined;
}

/** The header of the caller's key. Without one the transport sends a key of its own. */
export const onceBy = (key: string | undefined) => given({ "idempotency-key": key });
