import type { DownloadRequestInput, JobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";

/** Jobs over one API of a fleet. */
export interface FleetJobs {
  submit(request: DownloadRequestInput): Promise<JobResource>;
  get(id: string): Promise<JobResource>;
  /** Waits until the job meets a condition. */
  until(id: string, condition: (job: JobResource) => boolean, what: string): Promise<JobResource>;
  /** Waits until the job has succeeded. */
  succeeded(id: string): Promise<JobResource>;
  /** The bytes of a job's only file. */
  file(job: JobResource): Promise<Uint8Array>;
}

const patienceMs = 60_000;

/** Talks to the API at an address. */
export function fleetJobs(url: string): FleetJobs {
  const get = async (id: string) => (await (await fetch(`${url}/api/v1/downloads/${id}`)).json()) as JobResource;
  let latest: JobResource | undefined;
  const until: FleetJobs["until"] = (id, condition, what) =>
    eventually(
      async () => {
        latest = await get(id);
        return condition(latest) ? latest : null;
      },
      { timeoutMs: patienceMs, message: what },
    ).catch((error: unknown) => {
      throw new Error(`${what}; last seen ${JSON.stringify(latest)}`, { cause: error });
    });
  return {
    get,
    until,
    submit: async (request) => {
      const answer = await fetch(`${url}/api/v1/downloads`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as JobResource;
    },
    succeeded: (id) => until(id, ({ state }) => state === "succeeded", `job ${id} succeeding`),
    file: async ({ artifacts }) => {
      const answer = await fetch(`${url}${artifacts[0]?.url}`);
      if (!answer.ok) throw new Error(`the file cannot be had: ${answer.status}`);
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}
