import type { Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";
import type { NewDelivery } from "../webhooks/deliveries.ts";
import { deliveryTo } from "../webhooks/delivery-to.ts";
import { byteLength, maxStoredBytes } from "../webhooks/job-payload.ts";
import { toScheduleResource } from "./resource.ts";
import type { Schedule } from "./schedule.ts";

const type = "schedule.failed";

/** The messages that a run was refused, to the webhooks of the owner that asked for them. */
export async function scheduleFailedDeliveries(
  { calendar }: Pick<ServiceDeps, "calendar">,
  { webhooks }: Pick<Repositories, "webhooks">,
  schedule: Schedule,
  at: Date,
): Promise<readonly NewDelivery[]> {
  const { owner } = schedule;
  const listening = (await webhooks.list(owner)).filter(
    ({ disabledAt, events }) => disabledAt === null && events.includes(type),
  );
  if (listening.length === 0) return [];
  const body = bodyOf(schedule, calendar, at);
  return listening.map((webhook) => deliveryTo(webhook, { type, body, at }));
}

/** The schedule as the API shows it; without what it downloads where that is too long. */
function bodyOf(schedule: Schedule, calendar: ServiceDeps["calendar"], at: Date): string {
  const { download, batch, ...rest } = toScheduleResource(schedule, calendar);
  const body = (data: object): string => JSON.stringify({ type, timestamp: at.toISOString(), data });
  const whole = body({ schedule: { ...rest, download, batch }, trimmed: [] });
  if (byteLength(whole) <= maxStoredBytes) return whole;
  return body({ schedule: rest, trimmed: ["download", "batch"] });
}
