import { type Answer, answerOf } from "./answer.ts";
import { type OnceOptions, onceBy } from "./once.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type { Egress, EgressChanges, NewEgress } from "./types.ts";

/** The egresses of a service; needs a key with the scope `admin`. Every method rejects with an `ApiError` when the service says no. */
export interface Egresses {
  /** Makes an egress; it is used from now on. */
  create(egress: NewEgress, options?: OnceOptions): Answer<Egress>;
  get(id: string, options?: CallOptions): Answer<Egress>;
  /** All of them, the one that every service has among them. */
  list(options?: CallOptions): Answer<readonly Egress[]>;
  /** Changes what is given; the rest stays. */
  update(id: string, changes: EgressChanges, options?: CallOptions): Answer<Egress>;
  /** Forgets what sites and its proxy have refused. */
  reset(id: string, options?: OnceOptions): Answer<Egress>;
  /** Deletes it with its secrets. */
  delete(id: string, options?: CallOptions): Promise<void>;
}

/** Makes the egresses part of a client. */
export function createEgresses({ raw, sender }: Transport): Egresses {
  const byId = (id: string) => ({ params: { path: { id } } });
  return {
    create: (egress, { idempotencyKey, ...options } = {}) => {
      const params = { header: onceBy(idempotencyKey) };
      return answerOf(raw.POST("/api/v1/egresses", { params, body: egress, fetch: sender(options) }), "id");
    },
    get: (id, options) => answerOf(raw.GET("/api/v1/egresses/{id}", { ...byId(id), fetch: sender(options) }), "id"),
    list: (options) => answerOf(raw.GET("/api/v1/egresses", { fetch: sender(options) }), "data", ({ data }) => data),
    update: (id, changes, options) =>
      answerOf(raw.PATCH("/api/v1/egresses/{id}", { ...byId(id), body: changes, fetch: sender(options) }), "id"),
    reset: (id, { idempotencyKey, ...options } = {}) =>
      answerOf(
        raw.POST("/api/v1/egresses/{id}/reset", {
          params: { path: { id }, header: onceBy(idempotencyKey) },
          fetch: sender(options),
        }),
        "id",
      ),
    delete: async (id, options) => {
      await raw.DELETE("/api/v1/egresses/{id}", { ...byId(id), fetch: sender({ ...options, expects: "nothing" }) });
    },
  };
}
