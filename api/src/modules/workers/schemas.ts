import { z } from "@hono/zod-openapi";
import type { WorkerRecord } from "@vidferry/core";

const time = z.iso.datetime();

export const WorkerState = z.enum(["active", "draining", "gone"]);

export const WorkerResource = z
  .object({
    id: z.string(),
    host: z.string(),
    pid: z.int(),
    version: z.string().describe("Of Vidferry."),
    engine: z.object({ ytDlp: z.string().nullable(), ffmpeg: z.string().nullable() }),
    state: WorkerState.describe(
      "`draining`: it takes no more jobs and ends; `gone`: it has ended, or was not heard of for half a minute.",
    ),
    concurrency: z.int().describe("Jobs that it runs at once."),
    freeBytes: z.int().nullable().describe("Free space of the disk that it works on; null: not known."),
    standalone: z.boolean().describe("Whether it can be told to drain: it does not share its process with the API."),
    running: z.array(z.object({ jobId: z.string(), attempt: z.int(), startedAt: time.nullable() })),
    startedAt: time,
    seenAt: time.describe("Its last heartbeat; there is one every two seconds."),
    drainRequestedAt: time.nullable(),
  })
  .meta({ id: "Worker" });

export const WorkerList = z.object({ data: z.array(WorkerResource) }).meta({ id: "WorkerList" });

export const exampleWorker: z.infer<typeof WorkerResource> = {
  id: "wrk_0199f3a2c4d87b1e9a5d6c3f20417e88",
  host: "worker-1",
  pid: 4711,
  version: "0.1.0",
  engine: { ytDlp: "2026.10.26", ffmpeg: "7.1" },
  state: "active",
  concurrency: 2,
  freeBytes: 53_687_091_200,
  standalone: true,
  running: [{ jobId: "job_0199f3a2c4d87b1e9a5d6c3f20417e88", attempt: 1, startedAt: "2026-11-01T12:00:00.000Z" }],
  startedAt: "2026-11-01T08:00:00.000Z",
  seenAt: "2026-11-01T12:00:10.000Z",
  drainRequestedAt: null,
};

/** A worker as clients see it. */
export function toWorkerResource(worker: WorkerRecord): z.infer<typeof WorkerResource> {
  const { name: _, startedAt, seenAt, drainRequestedAt, running, engine, ...rest } = worker;
  return {
    ...rest,
    engine: { ...engine },
    running: running.map((attempt) => ({ ...attempt, startedAt: attempt.startedAt?.toISOString() ?? null })),
    startedAt: startedAt.toISOString(),
    seenAt: seenAt.toISOString(),
    drainRequestedAt: drainRequestedAt?.toISOString() ?? null,
  };
}
