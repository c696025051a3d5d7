export { createWebhookSender, type WebhookSenderOptions } from "./sender.ts";
