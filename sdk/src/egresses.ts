import { dataOf } from "./data-of.ts";
import { type OnceOptions, onceBy } from "./once.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type { Egress, EgressChanges, NewEgress } from "./types.ts";

/** The egresses of a service; needs a key with the scope `admin`. Every method rejects with an `ApiError` when the service says no. */
export interface Egresses {
  /** Makes an egress; it is used from now on. */
  create(egress: NewEgress, options?: OnceOptions): Promise<Egress>;
  get(id: string, options?: CallOptions): Promise<Egress>;
  /** All of them, the one that every service has among them. */
  list(options?: CallOptions): Promise<readonly Egress[]>;
  /** Changes what is given; the rest stays. */
  update(id: string, changes: EgressChanges, options?: CallOptions): Promise<Egress>;
  /** Forgets what sites and its proxy have refused. */
  reset(id: string, options?: OnceOptions): Promise<Egress>;
  /** Deletes it with its secrets. */
  delete(id: string, options?: CallOptions): Promise<void>;
}

/** Makes the egresses part of a client. */
export function createEgresses({ raw, sender }: Transport): Egresses {
  const byId = (id: string) => ({ params: { path: { id } } });
  return {
    create: async (egress, { idempotencyKey, ...options } = {}) => {
      const params = { header: onceBy(idempotencyKey) };
      return dataOf(await raw.POST("/api/v1/egresses", { params, body: egress, fetch: sender(options) }), "id");
    },
    get: async (id, options) =>
      dataOf(await raw.GET("/api/v1/egresses/{id}", { ...byId(id), fetch: sender(options) }), "id"),
    list: async (options) => dataOf(await raw.GET("/api/v1/egresses", { fetch: sender(options) }), "data").data,
    update: async (id, changes, options) =>
      dataOf(await raw.PATCH("/api/v1/egresses/{id}", { ...byId(id), body: changes, fetch: sender(options) }), "id"),
    reset: async (id, { idempotencyKey, ...options } = {}) =>
      dataOf(
        await raw.POST("/api/v1/egresses/{id}/reset", {
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
