import { setTimeout as sleep } from "node:timers/promises";
import type { Crew } from "./crew.ts";
import type { PlannedJob } from "./plan.ts";
import type { Random } from "./random.ts";
import type { Tenant } from "./tenants.ts";

/** A client that retries: it sends the request to another API when one does not answer, with the same idempotency key. */
export interface Client {
  /** Resolves to the accepted job's id. */
  submit(job: PlannedJob): Promise<string>;
  /** Adds a webhook for the ends of jobs and batches, and resolves to its secret. */
  addWebhook(url: string): Promise<string>;
  /** Sends a request with a body until it is answered with what it was to do; as often as that takes, with the same key. */
  ask<T>(method: string, path: string, body: object | null, key?: string): Promise<T>;
  /** Looks at a job of another, and moves it. Resolves to the status if one was not 404. */
  pry(id: string): Promise<string | null>;
  /** True: canceled. False: it was over already. */
  cancel(id: string): Promise<boolean>;
  /** Requests that had to be sent again. */
  readonly repeated: number;
  /** Requests that were refused because a limit of the account was used up. */
  readonly refused: number;
}

const answerLimitMs = 6_000;
const pauseMs = 250;
const patienceMs = 180_000;
const webhookEvents = ["job.succeeded", "job.failed", "job.canceled", "batch.finished"];

/** A client of the crew's APIs, with the key of a tenant. */
export function createClient(crew: Crew, random: Random, { secret }: Pick<Tenant, "secret">): Client {
  let repeated = 0;
  let refused = 0;

  const send = async (method: string, path: string, init: RequestInit): Promise<Response> => {
    const until = Date.now() + patienceMs;
    for (;;) {
      const urls = crew.urls();
      const answer =
        urls.length === 0
          ? null
          : await fetch(`${random.pick(urls)}/api/v1${path}`, {
              ...init,
              method,
              headers: { authorization: `Bearer ${secret}`, ...(init.headers as Record<string, string>) },
              signal: AbortSignal.timeout(answerLimitMs),
            }).catch(() => null);
      if (answer !== null && answer.status < 500 && answer.status !== 429) return answer;
      if (answer?.status === 429) refused += 1;
      else repeated += 1;
      if (Date.now() > until)
        throw new Error(`${method} ${path} was not answered: ${answer?.status ?? "no connection"}`);
      await sleep(pauseMs);
    }
  };
  const post = (path: string, init: RequestInit) => send("POST", path, init);

  return {
    ask: async <T>(method: string, path: string, body: object | null, key?: string) => {
      const answer = await send(method, path, {
        headers: {
          ...(body && { "content-type": "application/json" }),
          ...(key !== undefined && { "idempotency-key": key }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path} was refused: ${answer.status} ${text}`);
      return JSON.parse(text) as T;
    },
    addWebhook: async (url) => {
      const answer = await post("/webhooks", {
        headers: { "content-type": "application/json", "idempotency-key": `hook-${url}` },
        body: JSON.stringify({ url, events: webhookEvents }),
      });
      const { secret: signing } = (await answer.json()) as { secret: string };
      return signing;
    },
    pry: async (id) => {
      for (const [method, path] of [
        ["GET", `/downloads/${id}`],
        ["POST", `/downloads/${id}/cancel`],
        ["GET", `/downloads/${id}/events`],
      ] as const) {
        const answer = await send(method, path, {});
        await answer.body?.cancel();
        if (answer.status !== 404) return `${method} ${path} was answered ${answer.status}`;
      }
      return null;
    },
    submit: async (job) => {
      const answer = await post("/downloads", {
        headers: { "content-type": "application/json", "idempotency-key": job.key ?? "" },
        body: JSON.stringify(job.body),
      });
      if (answer.status !== 202 && answer.status !== 200) {
        throw new Error(`${job.key} was refused: ${answer.status} ${await answer.text()}`);
      }
      return ((await answer.json()) as { id: string }).id;
    },
    cancel: async (id) => {
      const answer = await post(`/downloads/${id}/cancel`, {});
      const text = await answer.text();
      if (answer.status === 200) return true;
      if (answer.status !== 409) throw new Error(`${id} could not be canceled: ${answer.status} ${text}`);
      // An earlier try may have succeeded although its response was lost.
      return text.includes("is canceled");
    },
    get refused() {
      return refused;
    },
    get repeated() {
      return repeated;
    },
  };
}
