import { setTimeout as sleep } from "node:timers/promises";
import type { Crew } from "./crew.ts";
import type { PlannedJob } from "./plan.ts";
import type { Random } from "./random.ts";

/** A client that retries: it sends the request to another API when one does not answer, with the same idempotency key. */
export interface Client {
  /** Resolves to the accepted job's id. */
  submit(job: PlannedJob): Promise<string>;
  /** True: canceled. False: it was over already. */
  cancel(id: string): Promise<boolean>;
  /** Requests that had to be sent again. */
  readonly repeated: number;
}

const answerLimitMs = 6_000;
const pauseMs = 250;
const patienceMs = 180_000;

/** A client of the crew's APIs. */
export function createClient(crew: Crew, random: Random): Client {
  let repeated = 0;

  const post = async (path: string, init: RequestInit): Promise<Response> => {
    const until = Date.now() + patienceMs;
    for (;;) {
      const urls = crew.urls();
      const answer =
        urls.length === 0
          ? null
          : await fetch(`${random.pick(urls)}/api/v1${path}`, {
              ...init,
              method: "POST",
              signal: AbortSignal.timeout(answerLimitMs),
            }).catch(() => null);
      if (answer !== null && answer.status < 500) return answer;
      if (Date.now() > until) throw new Error(`POST ${path} was not answered: ${answer?.status ?? "no connection"}`);
      repeated += 1;
      await sleep(pauseMs);
    }
  };

  return {
    submit: async (job) => {
      const answer = await post("/downloads", {
        headers: { "content-type": "application/json", "idempotency-key": job.key },
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
    get repeated() {
      return repeated;
    },
  };
}
