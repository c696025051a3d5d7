import { describe, expect, test } from "bun:test";
import {
  AppError,
  type BatchResource as BatchBody,
  BatchResource,
  localOwner,
  type NewJob,
  readRequest,
  type StoredArtifact,
} from "@vidferry/core";
import type { FakeService } from "../../testing/fake-service.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { idOf, makeArtifact } from "../../testing/samples.ts";

const link = (number: number): string => `https://www.youtube.com/watch?v=v${String(number).padStart(10, "0")}`;
const body = { urls: [link(1), link(2)], labels: { project: "x" } };
const path = "/api/v1/batches";
const unknown = `${path}/bat_${"0".repeat(32)}`;

const created = async (send: ReturnType<typeof createHarness>["send"], request: object = body): Promise<BatchBody> => {
  const response = await send("POST", path, request);
  expect(response.status).toBe(202);
  const batch = BatchResource.parse(await response.json());
  expect(response.headers.get("location")).toBe(`${path}/${batch.id}`);
  return batch;
};

/** Makes the jobs of a batch, as a worker does, each with this file. */
async function expand({ database }: FakeService, file?: StoredArtifact): Promise<void> {
  const batch = await database.batches.claim(30_000);
  if (batch === null) throw new Error("there is no batch to expand");
  const entries = await database.batches.waiting(batch.id, 100);
  const jobs = entries.map(({ url, position }): NewJob => {
    const request = readRequest({ url });
    const { priority, labels } = request;
    const job = { owner: localOwner, request, priority, labels, maxAttempts: 1, scheduledFor: null };
    return {
      id: idOf("job", 500 + position),
      ...job,
      requestId: null,
      traceparent: null,
      idempotency: null,
      batchId: batch.id,
    };
  });
  await database.jobs.createAll(jobs);
  await database.batches.markMade(batch.id, entries);
  await database.batches.expanded(batch, { state: "running" });
  if (file === undefined) return;
  const claim = { worker: "w", host: "h", leaseMs: 30_000 };
  for (const { id, attempt } of await database.attempts.claim(
    jobs.map(({ id }) => id),
    claim,
  )) {
    const media = {
      extractor: "x",
      id: "1",
      title: "T",
      channel: null,
      durationSeconds: 1,
      webpageUrl: "https://x.example",
    };
    await database.attempts.succeed(
      { jobId: id, attempt },
      {
        artifacts: [{ ...file, id: idOf("art", Number(id.slice(-3))) }],
        progress: { percent: 100, downloadedBytes: 1, totalBytes: 1, bytesPerSecond: null, etaSeconds: null },
        media: { ...media, thumbnailUrl: null, uploadedAt: null, isLive: false, chapters: [] },
        ...{ warnings: [], engine: { ytDlp: null, ffmpeg: null }, retentionMs: null },
      },
    );
  }
}

describe("batches", () => {
  test("are made of links, read and listed, each once for an idempotency key", async () => {
    const { send } = createHarness();
    const batch = await created(send);
    expect(batch).toMatchObject({ state: "expanding", source: null, labels: { project: "x" }, counts: { total: 2 } });
    const read = await send("GET", `${path}/${batch.id}`);
    expect(await read.json()).toEqual(batch);
    const tag = read.headers.get("etag") ?? "";
    expect((await send("GET", `${path}/${batch.id}`, undefined, { "if-none-match": tag })).status).toBe(304);
    const keyed = () => send("POST", path, body, { "idempotency-key": "a" });
    const [first, second] = [await (await keyed()).json(), await (await keyed()).json()];
    expect(second).toEqual(first);
    const page = (await (await send("GET", `${path}?limit=1`)).json()) as { data: BatchBody[]; nextCursor: string };
    expect(page.data).toHaveLength(1);
    const rest = (await (await send("GET", `${path}?limit=1&cursor=${page.nextCursor}`)).json()) as typeof page;
    expect(rest).toMatchObject({ data: [{ id: batch.id }], nextCursor: null });
    expect(await (await send("GET", `${path}?state=finished`)).json()).toMatchObject({ data: [] });
    const schedule = await send("GET", `${path}?scheduleId=sch_${"0".repeat(32)}`);
    expect(await schedule.json()).toMatchObject({ data: [] });
  });

  test("are refused with what is wrong, before anything starts", async () => {
    const { send, service } = createHarness();
    const bad = { urls: [link(1), "https://example.com/video"] };
    const problem = await expectProblem(await send("POST", path, bad), 422, "host_not_allowed");
    expect(problem.errors).toMatchObject([{ path: "/urls/1" }]);
    const many = { urls: Array.from({ length: 1_001 }, (_, index) => link(index)) };
    await expectProblem(await send("POST", path, many), 422, "invalid_request");
    const none = await expectProblem(await send("POST", path, { urls: [] }), 422, "invalid_request");
    expect(none.errors).toMatchObject([{ path: "/urls" }]);
    await expectProblem(await send("POST", path, {}), 422, "invalid_request");
    const both = { urls: [link(1)], source: { url: "https://www.youtube.com/@sample" } };
    await expectProblem(await send("POST", path, both), 422, "invalid_request");
    await expectProblem(await send("POST", path, { source: { url: link(1) } }), 422, "unsupported_url");
    expect(await service.database.batches.list({ owner: null, limit: 1 })).toEqual([]);
    const most = { urls: many.urls.slice(1) };
    expect((await created(send, most)).counts.total).toBe(1_000);
  });

  test("that are not there are not found", async () => {
    const { send } = createHarness();
    for (const [method, end] of [
      ["GET", ""],
      ["GET", "/skipped"],
      ["GET", "/events"],
      ["GET", "/archive"],
      ["POST", "/cancel"],
      ["POST", "/retry"],
      ["DELETE", ""],
    ] as const) {
      await expectProblem(await send(method, unknown + end), 404, "not_found");
    }
    await expectProblem(await send("GET", `${path}/something`), 404, "not_found");
  });

  test("are canceled, retried and deleted with their jobs", async () => {
    const { send, service } = createHarness();
    const { id } = await created(send);
    await expand(service);
    await expectProblem(await send("POST", `${path}/${id}/retry`), 409, "invalid_state");
    const canceled = await send("POST", `${path}/${id}/cancel`);
    expect(await canceled.json()).toMatchObject({ state: "canceled", counts: { canceled: 2 } });
    await expectProblem(await send("POST", `${path}/${id}/cancel`), 409, "invalid_state");
    expect((await send("DELETE", `${path}/${id}`)).status).toBe(204);
    expect(await service.database.jobs.list({ owner: null, limit: 10 })).toEqual([]);
  });

  test("whose list could not be read are read on by a retry", async () => {
    const { send, service } = createHarness();
    const { id } = await created(send);
    const claimed = await service.database.batches.claim(30_000);
    if (claimed === null) throw new Error("there is no batch to expand");
    const error = { code: "network_error", detail: "It is away.", hint: "Wait.", retryable: true } as const;
    await service.database.batches.expanded(claimed, { state: "running", error });
    const retried = await send("POST", `${path}/${id}/retry`);
    expect(retried.status).toBe(200);
    expect(await retried.json()).toMatchObject({ state: "expanding" });
  });

  test("whose files are gone have no archive any more", async () => {
    const { send, service } = createHarness();
    const { id } = await created(send);
    await expand(service, makeArtifact(1, 5));
    Object.assign(service, { openFile: () => Promise.reject(new AppError("artifact_expired")) });
    await expectProblem(await send("GET", `${path}/${id}/archive`), 410, "artifact_expired");
  });

  test("say what was skipped, page by page", async () => {
    const { send, service } = createHarness();
    const { id } = await created(send);
    const skipped = { code: "video_private", detail: "It is private." } as const;
    const batchId = id as `bat_${string}`;
    await service.database.batches.addEntries(
      batchId,
      [7, 8].map((position) => ({ key: link(position), position, url: link(position), title: null, skipped })),
    );
    type Page = { data: object[]; nextCursor: string | null };
    const first = (await (await send("GET", `${path}/${id}/skipped?limit=1`)).json()) as Page;
    expect(first.data).toEqual([{ url: link(7), title: null, ...skipped }]);
    const next = await send("GET", `${path}/${id}/skipped?cursor=${first.nextCursor}`);
    expect(await next.json()).toMatchObject({ data: [{ url: link(8) }], nextCursor: null });
    await expectProblem(await send("GET", `${path}/${id}/skipped?cursor=x`), 422, "invalid_request");
  });

  test("tell how they go on until they are over", async () => {
    const { send, service } = createHarness();
    const { id } = await created(send);
    const stream = await send("GET", `${path}/${id}/events`);
    await expand(service);
    await send("POST", `${path}/${id}/cancel`);
    const text = await stream.text();
    expect(text).toContain("event: batch");
    expect(text).toContain('"state":"canceled"');
    const lastId =
      text
        .match(/id: (\S+)/g)
        ?.at(-1)
        ?.slice(4) ?? "";
    const resumed = await send("GET", `${path}/${id}/events`, undefined, { "last-event-id": lastId });
    expect(resumed.status).toBe(204);
    expect((await send("HEAD", `${path}/${id}/events`)).status).toBe(200);
  });

  test("give their results as one archive of a known length, with names that occur twice numbered", async () => {
    const { send, service } = createHarness();
    const { id } = await created(send);
    await expectProblem(await send("GET", `${path}/${id}/archive`), 409, "invalid_state");
    const file = makeArtifact(1, 5, { fileName: "A title.mp4" });
    await expand(service, file);
    for (const job of await service.database.jobs.list({ owner: localOwner, limit: 10 })) {
      service.jobs.set(job.id, job);
      for (const artifact of job.artifacts) service.files.set(artifact.id, new TextEncoder().encode("bytes"));
    }
    const archive = await send("GET", `${path}/${id}/archive`);
    expect(archive.status).toBe(200);
    const bytes = new Uint8Array(await archive.arrayBuffer());
    expect(bytes.byteLength).toBe(Number(archive.headers.get("content-length")));
    const text = new TextDecoder("latin1").decode(bytes);
    expect(text).toContain("A title.mp4");
    expect(text).toContain("A title (2).mp4");
    expect((await send("HEAD", `${path}/${id}/archive`)).headers.get("content-length")).toBe(String(bytes.byteLength));
  });
});
