import type { Job } from "../jobs/job.ts";
import { timeOrderedId } from "../runtime/time-ordered-id.ts";
import type { NewDelivery } from "./deliveries.ts";
import { deliveryTarget } from "./delivery-target.ts";
import { endEvent, jobBody } from "./job-payload.ts";
import type { Webhook } from "./webhook.ts";

/** What must be known of a webhook to tell whether it is told of an event. */
export type ListeningWebhook = Pick<Webhook, "id" | "owner" | "events">;

/**
 * The deliveries that follow from the end of jobs: one for each webhook of the owner that is not disabled and asked for the
 * event, and one for the address that the request named.
 */
export function deliveriesOfEnds(jobs: readonly Job[], webhooks: readonly ListeningWebhook[]): NewDelivery[] {
  return jobs.flatMap((job) => {
    const type = endEvent(job);
    if (type === null) return [];
    const listening = webhooks.filter(({ owner, events }) => owner === job.owner && events.includes(type));
    const { webhookUrl } = job.request;
    if (listening.length === 0 && webhookUrl === undefined) return [];
    const body = jobBody(type, job);
    const made = job.finishedAt ?? job.updatedAt;
    const delivery = (webhookId: Webhook["id"] | null, url: string | null): NewDelivery => ({
      id: timeOrderedId("dlv", made),
      owner: job.owner,
      webhookId,
      url,
      target: deliveryTarget({ owner: job.owner, webhookId, url }),
      type,
      jobId: job.id,
      traceparent: job.traceparent,
      body,
    });
    return [
      ...listening.map(({ id }) => delivery(id, null)),
      ...(webhookUrl === undefined ? [] : [delivery(null, webhookUrl)]),
    ];
  });
}
