import { expect } from "bun:test";
import type { Vidferry } from "@vidferry/sdk";
import { eventually } from "@vidferry/testing";
import type { HeldReceiver } from "./held-receiver.ts";

/** What a killed process was sending is taken by another one after four times `WEBHOOK_TIMEOUT_SECONDS`. */
const patienceMs = 120_000;

/** Waits until each of the jobs was told of, and checks that each was by one message, whose id is the first one it had. */
export async function everyEndIsTold(
  vidferry: Vidferry,
  webhookId: string,
  receiver: HeldReceiver,
  jobs: readonly { readonly id: string; readonly state: string }[],
): Promise<void> {
  const log = async () => (await vidferry.webhooks.deliveries(webhookId, { limit: 100 })).data;
  await eventually(async () => (await log()).every(({ state }) => state === "delivered"), {
    timeoutMs: patienceMs,
    intervalMs: 200,
    message: "the end of every delivery",
  });
  const told = [...receiver.delivered.values()].map(({ type, data }) => ["job" in data ? data.job.id : "", type]);
  expect(told.toSorted()).toEqual(jobs.map(({ id, state }) => [id, `job.${state}`]).toSorted());
  expect((await log()).map(({ id }) => id).toSorted()).toEqual([...receiver.delivered.keys()].toSorted());
  for (const id of receiver.unanswered) expect(receiver.delivered.has(id)).toBe(true);
}
