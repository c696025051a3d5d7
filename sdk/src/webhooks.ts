import { type Answer, answerOf } from "./answer.ts";
import { VidferryError } from "./errors.ts";
import { given } from "./given.ts";
import type { RotateOptions } from "./keys.ts";
import { type OnceOptions, onceBy } from "./once.ts";
import { type PagedList, pagedList } from "./page.ts";
import { environment } from "./settings.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type {
  NewWebhook,
  Webhook,
  WebhookChanges,
  WebhookDefaultSecret,
  WebhookDelivery,
  WebhookMessage,
  WebhookWithSecret,
} from "./types.ts";
import type { VerifyWebhookOptions, WebhookHeaders } from "./verify-webhook.ts";

/** Which deliveries to list. */
export interface DeliveryListQuery {
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** Deliveries a page, 1 to 100; 20. */
  readonly limit?: number | undefined;
}

/** `whsec_…`, or several of them. */
type WebhookSecret = string | readonly string[] | undefined;

/** How to verify a message. */
export interface UnwrapOptions extends VerifyWebhookOptions {
  /** `whsec_…`, or several of them. Default: the client's `webhookSecret`. */
  readonly secret?: WebhookSecret;
}

/** The webhooks of this key's owner. Every method rejects with an `ApiError` when the service says no. */
export interface Webhooks {
  /** Makes a webhook. Its `secret` is in the answer, this once. */
  create(webhook: NewWebhook, options?: OnceOptions): Answer<WebhookWithSecret>;
  get(id: string, options?: CallOptions): Answer<Webhook>;
  /** All of them, newest first. */
  list(options?: CallOptions): Answer<readonly Webhook[]>;
  /** Changes what is given; `enabled: true` brings one back that was disabled. */
  update(id: string, changes: WebhookChanges, options?: CallOptions): Answer<Webhook>;
  delete(id: string, options?: CallOptions): Promise<void>;
  /** A new `secret`, in the answer, this once; the one before signs as well for a time. */
  rotate(id: string, options?: RotateOptions): Answer<WebhookWithSecret>;
  /** Sends a message of the type `webhook.test`. */
  test(id: string, options?: OnceOptions): Answer<WebhookDelivery>;
  /** What was sent and how it went, newest first: await it for a page, iterate over it for all of them. */
  deliveries(id: string, query?: DeliveryListQuery, options?: CallOptions): PagedList<WebhookDelivery>;
  /** Sends a delivery again, with its first id and body. */
  replay(id: string, deliveryId: string, options?: OnceOptions): Answer<WebhookDelivery>;
  /** What was sent to the `webhookUrl` of a download, newest first. */
  downloadDeliveries(downloadId: string, query?: DeliveryListQuery, options?: CallOptions): PagedList<WebhookDelivery>;
  /** Sends one of them again, with its first id and body. */
  replayDownloadDelivery(downloadId: string, deliveryId: string, options?: OnceOptions): Answer<WebhookDelivery>;
  /**
   * The message of a request that a webhook sent, verified with its secret. Give it the body exactly as it came, before anything
   * parses it.
   *
   * ```ts
   * const message = await vidferry.webhooks.unwrap(await request.text(), request.headers);
   * ```
   *
   * Rejects with a `WebhookVerificationError`: answer with 400.
   */
  unwrap(body: string | Uint8Array, headers: WebhookHeaders, options?: UnwrapOptions): Promise<WebhookMessage>;
  /** The secret that signs messages to the `webhookUrl` of downloads. */
  secret(options?: CallOptions): Answer<WebhookDefaultSecret>;
  /** A new default secret; the one before signs as well for a time. */
  rotateDefaultSecret(options?: RotateOptions): Answer<WebhookDefaultSecret>;
}

/** Makes the webhooks part of a client. */
export function createWebhooks({ raw, sender }: Transport, secretOfClient: WebhookSecret): Webhooks {
  const byId = (id: string) => ({ params: { path: { id } } });
  return {
    create: (body, { idempotencyKey, ...options } = {}) => {
      const params = { header: onceBy(idempotencyKey) };
      return answerOf(raw.POST("/api/v1/webhooks", { params, body, fetch: sender(options) }), "id");
    },
    get: (id, options) => answerOf(raw.GET("/api/v1/webhooks/{id}", { ...byId(id), fetch: sender(options) }), "id"),
    list: (options) => answerOf(raw.GET("/api/v1/webhooks", { fetch: sender(options) }), "data", ({ data }) => data),
    update: (id, body, options) =>
      answerOf(raw.PATCH("/api/v1/webhooks/{id}", { ...byId(id), body, fetch: sender(options) }), "id"),
    delete: async (id, options) => {
      await raw.DELETE("/api/v1/webhooks/{id}", { ...byId(id), fetch: sender({ ...options, expects: "nothing" }) });
    },
    rotate: (id, { overlapSeconds = 86_400, idempotencyKey, ...options } = {}) =>
      answerOf(
        raw.POST("/api/v1/webhooks/{id}/rotate", {
          params: { path: { id }, header: onceBy(idempotencyKey) },
          body: { overlapSeconds },
          fetch: sender(options),
        }),
        "id",
      ),
    test: (id, { idempotencyKey, ...options } = {}) =>
      answerOf(
        raw.POST("/api/v1/webhooks/{id}/test", {
          params: { path: { id }, header: onceBy(idempotencyKey) },
          fetch: sender(options),
        }),
        "id",
      ),
    deliveries: (id, { cursor, ...query } = {}, options) =>
      pagedList((from) => {
        const parameters = given({ ...query, cursor: from });
        return answerOf(
          raw.GET("/api/v1/webhooks/{id}/deliveries", {
            params: { path: { id }, query: parameters },
            fetch: sender(options),
          }),
          "data",
        );
      }, cursor),
    replay: (id, deliveryId, { idempotencyKey, ...options } = {}) =>
      answerOf(
        raw.POST("/api/v1/webhooks/{id}/deliveries/{deliveryId}/replay", {
          params: { path: { id, deliveryId }, header: onceBy(idempotencyKey) },
          fetch: sender(options),
        }),
        "id",
      ),
    downloadDeliveries: (id, { cursor, ...query } = {}, options) =>
      pagedList((from) => {
        const parameters = given({ ...query, cursor: from });
        return answerOf(
          raw.GET("/api/v1/downloads/{id}/deliveries", {
            params: { path: { id }, query: parameters },
            fetch: sender(options),
          }),
          "data",
        );
      }, cursor),
    replayDownloadDelivery: (id, deliveryId, { idempotencyKey, ...options } = {}) =>
      answerOf(
        raw.POST("/api/v1/downloads/{id}/deliveries/{deliveryId}/replay", {
          params: { path: { id, deliveryId }, header: onceBy(idempotencyKey) },
          fetch: sender(options),
        }),
        "id",
      ),
    unwrap: async (body, headers, { secret, ...options } = {}) => {
      const known = secret ?? secretOfClient ?? environment("VIDFERRY_WEBHOOK_SECRET");
      if (known === undefined) {
        throw new VidferryError(
          "unwrap needs the webhook's secret: give secret, the client's webhookSecret, or VIDFERRY_WEBHOOK_SECRET.",
        );
      }
      const { verifyWebhook } = await import("./verify-webhook.ts");
      return verifyWebhook(headers, body, known, options);
    },
    secret: (options) => answerOf(raw.GET("/api/v1/webhooks/secret", { fetch: sender(options) }), "secret"),
    rotateDefaultSecret: ({ overlapSeconds = 86_400, idempotencyKey, ...options } = {}) =>
      answerOf(
        raw.POST("/api/v1/webhooks/secret/rotate", {
          params: { header: onceBy(idempotencyKey) },
          body: { overlapSeconds },
          fetch: sender(options),
        }),
        "secret",
      ),
  };
}
