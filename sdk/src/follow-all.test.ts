import { describe, expect, test } from "bun:test";
import { ApiError, NotFoundError } from "./errors.ts";
import { type FollowAllOptions, followAll } from "./follow-all.ts";
import { frames, jobEvent, progressEvent, sampleJob } from "./testing/sample-job.ts";
import type { DownloadJob, OwnerEvent } from "./types.ts";

const snapshot = (id: string, jobs: number): string =>
  `id: ${id}\nevent: snapshot\ndata: ${JSON.stringify({ jobs, complete: true })}\n\n`;

/** A service that answers each connection with one of these texts, and ends it; after the last one it is away for good. */
function service(...connections: readonly string[]) {
  const asked: (string | undefined)[] = [];
  const open = async (lastEventId: string | undefined) => {
    const text = connections[asked.length];
    asked.push(lastEventId);
    if (text === undefined) throw new ApiError(404, null, null);
    return new Blob([`retry: 1\n\n${text}`]).stream();
  };
  return { open, asked };
}

async function collect(
  { open }: ReturnType<typeof service>,
  get: ((id: string) => Promise<DownloadJob>) | null = null,
  options: FollowAllOptions = {},
): Promise<OwnerEvent[]> {
  const seen: OwnerEvent[] = [];
  // The service being away is how it ends here.
  try {
    for await (const event of followAll(open, options, get)) seen.push(event);
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
  }
  return seen;
}

const short = ({ id, type, data }: OwnerEvent): string =>
  type === "job" ? `${id} ${data.id} ${data.state}` : `${id} ${type}`;

describe("following all jobs", () => {
  test("goes on after the last event of each connection, past the ends of jobs", async () => {
    const away = service(
      snapshot("5-1", 0) + frames(jobEvent("5-2", { state: "succeeded" }), progressEvent("5-3", 1)),
      frames(jobEvent("5-4", { id: "job_2", state: "failed" })),
    );
    expect((await collect(away)).map(short)).toEqual([
      "5-1 snapshot",
      "5-2 job_1 succeeded",
      "5-3 progress",
      "5-4 job_2 failed",
    ]);
    expect(away.asked).toEqual([undefined, "5-3", "5-4"]);
  });

  test("asks for the jobs it knew as unfinished that a service which starts over does not tell", async () => {
    const jobs: Record<string, DownloadJob> = { job_1: sampleJob({ id: "job_1", state: "succeeded" }) };
    const get = async (id: string) => {
      const job = jobs[id];
      if (job === undefined) throw new NotFoundError(404, null, null);
      return job;
    };
    const away = service(
      frames(jobEvent("0-1", { id: "job_1" }), jobEvent("0-2", { id: "job_2" }), jobEvent("0-3", { id: "job_3" })) +
        snapshot("5-1", 3) +
        frames(jobEvent("5-2", { id: "job_4" }), jobEvent("5-3", { id: "job_4", state: "canceled" })),
      frames(jobEvent("0-1", { id: "job_2", state: "running" })) + snapshot("9-1", 1),
      snapshot("9-9", 0),
    );
    jobs["job_2"] = sampleJob({ id: "job_2", state: "failed" });
    expect((await collect(away, get)).map(short).slice(6)).toEqual([
      "0-1 job_2 running",
      "9-1 job_1 succeeded",
      "9-1 snapshot",
      "9-9 job_2 failed",
      "9-9 snapshot",
    ]);
  });

  test("without a way to ask, it says that the service has started over", async () => {
    const away = service(frames(jobEvent("0-1")) + snapshot("5-1", 1), snapshot("9-1", 0));
    expect((await collect(away)).map(short)).toEqual(["0-1 job_1 queued", "5-1 snapshot", "9-1 snapshot"]);
  });

  test("a snapshot that breaks off is told anew", async () => {
    const away = service(frames(jobEvent("0-1")), frames(jobEvent("0-1")) + snapshot("5-1", 1));
    await collect(away);
    expect(away.asked).toEqual([undefined, "0-1", "5-1"]);
  });
});
