import { describe, expect, test } from "bun:test";
import { ApiError } from "./errors.ts";
import { frames, jobEvent, sampleArtifact, sampleJob } from "./testing/sample-job.ts";
import { json, type Step, scriptedFetch } from "./testing/scripted-fetch.ts";
import { Vidferry } from "./vidferry.ts";

const url = "https://youtu.be/dQw4w9WgXcQ";
const client = (...steps: readonly Step[]) => {
  const { fetch, sent } = scriptedFetch(...steps);
  return { vidferry: new Vidferry({ baseUrl: "http://service.test", fetch }), sent };
};
const stream =
  (text: string): Step =>
  () =>
    new Response(text, { headers: { "content-type": "text/event-stream; charset=utf-8" } });

/** A job as the first version of the service told it: what came later is not there. */
const older = (over: object) => {
  const { batchId, scheduleId, reusedFrom, waitingFor, engine, warnings, priority, labels, ...job } = sampleJob();
  return { ...job, ...over };
};

/** A job of a service that is newer than this client. */
const newer = (over: object) => ({
  ...sampleJob(),
  region: "eu",
  progress: { ...sampleJob().progress, percent: 10, framesPerSecond: 25 },
  artifacts: [{ ...sampleArtifact(), kind: "hologram", depth: 3 }],
  ...over,
});

const event = (id: string, type: string, data: object) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

describe("an older service", () => {
  test("is used as far as it goes: jobs without later fields, lists and probes without pages", async () => {
    const { vidferry } = client(
      json(older({}), 202),
      stream(event("1-0", "job", older({ state: "running" })) + event("2-0", "job", older({ state: "succeeded" }))),
      json({ data: [older({})], nextCursor: null }),
      json({ kind: "playlist", entries: [{ kind: "video", id: "1", url, title: "A", durationSeconds: 1 }] }),
    );
    const job = await vidferry.downloads.create({ url });
    expect((await vidferry.downloads.wait(job.id)).state).toBe("succeeded");
    expect(await vidferry.downloads.list().toArray({ limit: 10 })).toMatchObject([{ id: "job_1" }]);
    const entries: string[] = [];
    for await (const entry of vidferry.entries(url)) entries.push(entry.url);
    expect(entries).toEqual([url]);
  });

  test("that has no stream of all jobs lets several waits look for themselves", async () => {
    const own = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(new TextEncoder().encode(frames(jobEvent("1-0", { state: "running" })))),
    });
    const fetch = ({ url: address }: Request): Response => {
      const { pathname } = new URL(address);
      if (pathname.endsWith("/job_1/events")) {
        return new Response(own, { headers: { "content-type": "text/event-stream" } });
      }
      if (pathname === "/api/v1/events") return Response.json({ code: "not_found", detail: "None." }, { status: 404 });
      return Response.json({ ...older({ state: "succeeded" }), id: "job_2" });
    };
    const { downloads } = new Vidferry({ baseUrl: "http://service.test", fetch });
    const abort = new AbortController();
    const first = downloads.wait("job_1", { signal: abort.signal });
    expect((await downloads.wait("job_2")).id).toBe("job_2");
    abort.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
  });
});

describe("a newer service", () => {
  test("may have fields, states, events and kinds that this client does not know", async () => {
    const { vidferry } = client(
      stream(
        [
          event("1-0", "job", newer({ state: "archiving", artifacts: [] })),
          event("2-0", "weather", { sun: true }),
          event("3-0", "progress", {
            jobId: "job_1",
            attempt: 1,
            stage: "archiving",
            progress: newer({}).progress,
            more: 1,
          }),
          event("4-0", "job", newer({ state: "succeeded" })),
        ].join(""),
      ),
      json({ ...newer({ state: "archiving" }) }),
    );
    const told: (string | null)[] = [];
    const done = await vidferry.downloads.wait("job_1", { onProgress: ({ state, stage }) => told.push(state, stage) });
    expect(told).toEqual(["archiving", null, "archiving", "archiving", "succeeded", null] as never[]);
    expect(done).toMatchObject({ region: "eu", artifacts: [{ kind: "hologram", depth: 3 }] });
    expect((await vidferry.downloads.get("job_1")).state).toBe("archiving" as never);
  });

  test("may refuse with codes and fields that this client does not know", async () => {
    const body = {
      code: "moon_phase",
      detail: "Not now.",
      status: 451,
      hint: "",
      retryable: false,
      requestId: "req_1",
    };
    const { vidferry } = client(json({ ...body, moon: "full" }, 451));
    const error = await vidferry.downloads.create({ url }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 451, code: "moon_phase", problem: { moon: "full" } });
  });
});
