import { type Answer, answerOf } from "./answer.ts";
import { given } from "./given.ts";
import { type OnceOptions, onceBy } from "./once.ts";
import type { PagedList } from "./page.ts";
import { pagedList } from "./page.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type { Key, KeyChanges, KeyListQuery, KeyWithSecret, NewKey } from "./types.ts";

/** How to give a key a new secret. */
export interface RotateOptions extends OnceOptions {
  /** How long the secret before keeps working, in seconds, 0 to 604,800 (a week); 86,400 (a day). */
  readonly overlapSeconds?: number | undefined;
}

/** The keys of a service; needs a key with the scope `admin`. Every method rejects with an `ApiError` when the service says no. */
export interface Keys {
  /** Makes a key. Its `secret` is in the answer, this once. */
  create(key: NewKey, options?: OnceOptions): Answer<KeyWithSecret>;
  get(id: string, options?: CallOptions): Answer<Key>;
  /** The keys, newest first: await it for a page, iterate over it for all of them. */
  list(query?: KeyListQuery, options?: CallOptions): PagedList<Key>;
  /** Changes what is given; the rest stays. */
  update(id: string, changes: KeyChanges, options?: CallOptions): Answer<Key>;
  /** A new `secret`, in the answer, this once; the one before keeps working for a time. */
  rotate(id: string, options?: RotateOptions): Answer<KeyWithSecret>;
  /** Ends the key for good, and what is open by it, within a second. */
  revoke(id: string, options?: CallOptions): Promise<void>;
}

/** Makes the keys part of a client. */
export function createKeys({ raw, sender }: Transport): Keys {
  const byId = (id: string) => ({ params: { path: { id } } });
  return {
    create: (key, { idempotencyKey, ...options } = {}) => {
      // The server fills in what is missing; the generated type describes the body after that.
      const body = key as Required<NewKey>;
      const params = { header: onceBy(idempotencyKey) };
      return answerOf(raw.POST("/api/v1/keys", { params, body, fetch: sender(options) }), "id");
    },
    get: (id, options) => answerOf(raw.GET("/api/v1/keys/{id}", { ...byId(id), fetch: sender(options) }), "id"),
    list: ({ cursor, revoked, ...query } = {}, options) =>
      pagedList((from) => {
        const parameters = given({
          ...query,
          revoked: revoked === undefined ? undefined : revoked ? ("true" as const) : ("false" as const),
          cursor: from,
        });
        return answerOf(raw.GET("/api/v1/keys", { params: { query: parameters }, fetch: sender(options) }), "data");
      }, cursor),
    update: (id, changes, options) =>
      answerOf(raw.PATCH("/api/v1/keys/{id}", { ...byId(id), body: changes as object, fetch: sender(options) }), "id"),
    rotate: (id, { overlapSeconds = 86_400, idempotencyKey, ...options } = {}) =>
      answerOf(
        raw.POST("/api/v1/keys/{id}/rotate", {
          params: { path: { id }, header: onceBy(idempotencyKey) },
          body: { overlapSeconds },
          fetch: sender(options),
        }),
        "id",
      ),
    revoke: async (id, options) => {
      await raw.DELETE("/api/v1/keys/{id}", { ...byId(id), fetch: sender({ ...options, expects: "nothing" }) });
    },
  };
}
