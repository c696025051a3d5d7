import { z } from "@hono/zod-openapi";
import type { App } from "../../app-env.ts";
import { BatchMessage, EgressMessage, JobMessage, jobEvents, ScheduleMessage, TestMessage } from "./schemas.ts";

const headers = z.object({
  "webhook-id": z.string().openapi({
    description: "The message's id, the same for every try and replay: what comes twice is known by it.",
    example: "dlv_0199f3a2d1f07c44b1c8a90be2d7f6a3",
  }),
  "webhook-timestamp": z.string().openapi({
    description: "When this try began, in seconds since 1970. Refuse what is more than five minutes away.",
    example: "1795687200",
  }),
  "webhook-signature": z.string().openapi({
    description:
      "`v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; during a rotation two of them, " +
      "separated by a space.",
    example: "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  }),
});

const summaries: Readonly<Record<(typeof jobEvents)[number], string>> = {
  "job.succeeded": "A job has succeeded",
  "job.failed": "A job has failed",
  "job.canceled": "A job was cancelled",
};

const receivers = {
  JobMessage: "Sent to webhooks and to the `webhookUrl` of the job, signed as Standard Webhooks describes it.",
  BatchMessage: "Sent to webhooks, signed as Standard Webhooks describes it.",
  ScheduleMessage: "Sent to webhooks, signed as Standard Webhooks describes it.",
  EgressMessage: "Sent to webhooks of owners with the scope `admin`, signed as Standard Webhooks describes it.",
  WebhookTestMessage: "Sent to that webhook, signed like all of them.",
} as const;

/** The messages to webhooks, for the `webhooks` of the OpenAPI document: requests that the service makes. */
export function registerMessages(app: App): void {
  const registry = app.openAPIRegistry;
  // Referred to by name: messages are generated before the named schemas, which have to be seen first where they are not null.
  registry.register("JobMessage", JobMessage);
  registry.register("BatchMessage", BatchMessage);
  registry.register("ScheduleMessage", ScheduleMessage);
  registry.register("EgressMessage", EgressMessage);
  registry.register("WebhookTestMessage", TestMessage);
  const register = (event: string, summary: string, message: keyof typeof receivers): void =>
    registry.registerWebhook({
      method: "post",
      path: event,
      operationId: `on${event.replaceAll(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
      tags: ["webhooks"],
      summary,
      description: receivers[message],
      security: [],
      request: {
        headers,
        body: {
          required: true,
          content: { "application/json": { schema: { $ref: `#/components/schemas/${message}` } } },
        },
      },
      responses: {
        "2XX": { description: "It is delivered. Answer within 15 seconds, and work afterwards." },
        "410": { description: "The address is gone: the webhook is disabled." },
        default: { description: "It is tried again over three days." },
      },
    });
  for (const event of jobEvents) register(event, summaries[event], "JobMessage");
  register("batch.finished", "A batch is over, whatever its state", "BatchMessage");
  register("schedule.failed", "A run of a schedule was refused", "ScheduleMessage");
  register("egress.blocked", "An egress is blocked", "EgressMessage");
  register("webhook.test", "A test that was asked for", "WebhookTestMessage");
}
