/**
 * Receives webhooks and believes only those that are signed: `WEBHOOK_SECRET=whsec_… bun main.ts`.
 */
import { verifyWebhook, type WebhookMessage, WebhookVerificationError } from "@vidferry/sdk";

const secret = process.env["WEBHOOK_SECRET"] ?? "";
/** Messages that were handled: what comes twice is answered and done once. A real receiver keeps them in its database. */
const handled = new Set<string>();

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"] ?? 3000),
  async fetch(request) {
    const body = await request.text();
    try {
      const message = await verifyWebhook(request.headers, body, secret);
      const id = request.headers.get("webhook-id") ?? "";
      if (!handled.has(id)) {
        handled.add(id);
        console.log(message.type, subjectOf(message));
      }
      // Anything that takes long happens after the answer.
      return new Response(null, { status: 204 });
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      return new Response(error.message, { status: 400 });
    }
  },
});
console.log(`listening on ${server.url}`);

/** What the message is about. */
function subjectOf({ data }: WebhookMessage): string {
  if ("job" in data) return data.job.id;
  if ("batch" in data) return data.batch.id;
  if ("schedule" in data) return data.schedule.id;
  return "egress" in data ? data.egress.id : data.webhookId;
}
