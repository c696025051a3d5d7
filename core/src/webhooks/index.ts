export * from "./deliveries.ts";
export * from "./delivery.ts";
export * from "./events.ts";
export { deliveryTarget } from "./target.ts";
export * from "./webhook.ts";
export { WebhookUrl } from "./webhook-url.ts";
export * from "./webhooks.ts";
