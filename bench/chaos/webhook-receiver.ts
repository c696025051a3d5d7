import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@vidferry/testing";
import { verifyWebhook } from "../../sdk/src/index.ts";
import type { Random } from "./random.ts";
import type { TenantName } from "./tenants.ts";

/** A message that was taken. */
export interface Received {
  /** To whose address it came. */
  readonly tenant: string;
  readonly id: string;
  readonly type: string;
  readonly job: string;
}

/** Receives the webhooks of all tenants, refuses some of them the first time, and is away now and then. */
export interface WebhookReceiver extends AsyncDisposable {
  urlFor(tenant: TenantName): string;
  /** What its messages are signed with. */
  expect(tenant: TenantName, secret: string): void;
  readonly received: readonly Received[];
  /** Messages of the ends of batches, as they came. */
  readonly batches: readonly { readonly tenant: string; readonly batch: string }[];
  /** Messages that no secret of their address had signed. */
  readonly forged: readonly string[];
  /** How often it answered 500, and how often it was down. */
  readonly refused: number;
  readonly deaths: number;
  /** Goes down and comes back until the signal aborts. */
  misbehave(signal: AbortSignal): Promise<void>;
}

/** Starts it on a port that it keeps. */
export async function startWebhookReceiver(random: Random): Promise<WebhookReceiver> {
  const port = await freePort();
  const secrets = new Map<string, string>();
  const received: Received[] = [];
  const batches: { readonly tenant: string; readonly batch: string }[] = [];
  const forged: string[] = [];
  const seen = new Set<string>();
  let refused = 0;
  let deaths = 0;

  const listen = () =>
    Bun.serve({
      hostname: "127.0.0.1",
      port,
      fetch: async (request) => {
        const tenant = new URL(request.url).pathname.slice(1);
        const id = request.headers.get("webhook-id") ?? "";
        const body = await request.text();
        if (!seen.has(id) && random.chance(0.15)) {
          seen.add(id);
          refused += 1;
          return new Response("not now", { status: 500 });
        }
        seen.add(id);
        try {
          const { type, data } = await verifyWebhook(request.headers, body, secrets.get(tenant) ?? "");
          if ("batch" in data) batches.push({ tenant, batch: data.batch.id });
          else received.push({ tenant, id, type, job: "job" in data ? data.job.id : "" });
          return new Response(null, { status: 204 });
        } catch (error) {
          forged.push(`${tenant} ${id}: ${error}`);
          return new Response(null, { status: 400 });
        }
      },
    });
  let server = listen();

  return {
    urlFor: (tenant) => `http://127.0.0.1:${port}/${tenant}`,
    expect: (tenant, secret) => void secrets.set(tenant, secret),
    received,
    batches,
    forged,
    get refused() {
      return refused;
    },
    get deaths() {
      return deaths;
    },
    misbehave: async (signal) => {
      while (!signal.aborted) {
        await sleep(random.between(3_000, 10_000), undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        deaths += 1;
        await server.stop(true);
        await sleep(random.between(200, 3_000));
        server = listen();
      }
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
