import { z } from "@hono/zod-openapi";
import {
  BatchResource,
  DeliveryResource,
  EgressResource,
  JobResource,
  ScheduleResource,
  WebhookEvent,
  WebhookResource,
  WebhookUrl,
} from "@vidferry/core";

const events = z
  .array(WebhookEvent)
  .min(1)
  .max(20)
  .transform((all) => [...new Set(all)])
  .openapi({
    type: "array",
    items: { type: "string", enum: [...WebhookEvent.options] },
    minItems: 1,
    maxItems: 20,
    description: "What it is told of.",
  });
const description = z.string().max(500).openapi({ description: "For people." });

export const CreateWebhook = z
  .strictObject({
    // Not `openapi`, which a schema that core made before zod-openapi was loaded does not have.
    url: WebhookUrl.describe("Where to: https:, or http: of a host that the operator opened (ALLOW_PRIVATE_HOSTS)."),
    events: events.optional(),
    description: description.optional(),
  })
  .openapi("CreateWebhook");

export const ChangeWebhook = z
  .strictObject({
    url: WebhookUrl.optional(),
    events: events.optional(),
    description: description.optional(),
    enabled: z
      .boolean()
      .optional()
      .openapi({ description: "`false` disables it; `true` enables one that was disabled, for events from now on." }),
  })
  .openapi("ChangeWebhook");

const dayInSeconds = 86_400;

export const RotateSecret = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(7 * dayInSeconds)
      .default(dayInSeconds)
      .openapi({
        description: "How long the secret before it signs as well: messages then carry two signatures.",
      }),
  })
  .openapi("RotateSecret");

const secret = z.string().openapi({
  description: "Signs the messages; shown in this answer alone.",
  example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
});

export const WebhookWithSecret = WebhookResource.extend({ secret }).openapi("WebhookWithSecret");

export const DefaultSecret = z
  .object({
    secret: secret.openapi({ description: "Signs messages to the `webhookUrl` of downloads." }),
    previous: z.string().nullable().openapi({ description: "The one before it, while it signs as well." }),
  })
  .openapi("WebhookDefaultSecret");

export const WebhookList = z.object({ data: z.array(WebhookResource) }).openapi("WebhookList");

export const DeliveryPage = z
  .object({ data: z.array(DeliveryResource), nextCursor: z.string().nullable() })
  .openapi("WebhookDeliveryPage");

/** The events of jobs, which are the ones sent now. */
export const jobEvents = ["job.succeeded", "job.failed", "job.canceled"] as const satisfies readonly WebhookEvent[];

const timestamp = z.iso.datetime().openapi({ description: "When it happened." });

/** What is sent when a job ends. */
export const JobMessage = z
  .object({
    type: z.enum(jobEvents),
    timestamp,
    data: z.object({
      job: JobResource,
      trimmed: z.array(z.string()).openapi({
        description:
          "Parts of the job that were left out or shortened, because it was too long: `GET /downloads/{id}` has them.",
      }),
    }),
  })
  .openapi("JobMessage");

/** What is sent when a batch is over. */
export const BatchMessage = z
  .object({
    type: z.literal("batch.finished"),
    timestamp,
    data: z.object({
      batch: BatchResource,
      trimmed: z.array(z.string()).openapi({
        description: "`labels` and `texts` when they were left out or shortened, because it was too long.",
      }),
    }),
  })
  .openapi("BatchMessage");

/** What is sent when a run of a schedule was refused. */
export const ScheduleMessage = z
  .object({
    type: z.literal("schedule.failed"),
    timestamp,
    data: z.object({
      schedule: ScheduleResource.partial({ download: true, batch: true }),
      trimmed: z.array(z.string()).openapi({
        description: "`download` and `batch` when they were left out, because it was too long.",
      }),
    }),
  })
  .openapi("ScheduleMessage");

/** What operators are sent when an egress is blocked. */
export const EgressMessage = z
  .object({ type: z.literal("egress.blocked"), timestamp, data: z.object({ egress: EgressResource }) })
  .openapi("EgressMessage");

/** What `POST /webhooks/{id}/test` sends. */
export const TestMessage = z
  .object({
    type: z.literal("webhook.test"),
    timestamp,
    data: z.object({ webhookId: z.string().openapi({ example: "whk_0199f3a2c4d87b1e9a5d6c3f20417e88" }) }),
  })
  .openapi("WebhookTestMessage");
