import { describe, expect, test } from "bun:test";
import { isTerminal, JobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { preferredWait } from "../../http/prefer.ts";
import { expectProblem } from "../../testing/harness.ts";
import { createStack } from "../../testing/stack.ts";
import { BulkAnswer } from "./bulk-downloads.ts";
import { DownloadCounts } from "./count-downloads.ts";
import { DownloadPage } from "./list-downloads.ts";

const url = "https://www.youtube.com/watch?v=sample00001";
const idOf = async (response: Response) => JobResource.parse(await response.json());

describe("PATCH /downloads/{id}", () => {
  test("merges labels, and announces it", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit({ labels: { a: "1", b: "2" } });
    const heard: string[] = [];
    await stack.deps.events.subscribe(`job:${id}`, (event) => void heard.push(event?.type ?? ""));
    const edited = await stack.send("PATCH", `/downloads/${id}`, { labels: { b: null, c: "3" }, priority: "high" });
    expect(edited.status).toBe(200);
    expect(await idOf(edited)).toMatchObject({ labels: { a: "1", c: "3" }, priority: "high" });
    expect(heard).toEqual(["job"]);
  });

  test("refuses the priority of a job that does not wait, and says which it would take", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    await stack.send("POST", `/downloads/${id}/cancel`);
    const response = await stack.send("PATCH", `/downloads/${id}`, { priority: "low" });
    const problem = await expectProblem(response, 409, "invalid_state");
    expect(problem.errors?.[0]?.path).toBe("/priority");
    expect(problem.hint).toContain("`queued`");
  });

  test.each([
    [{ labels: { "bad name": "x" } }, "/labels/bad name"],
    [{ labels: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`n${index}`, "x"])) }, "/labels"],
    [{ priority: "urgent" }, "/priority"],
    [{ url }, "/url"],
  ])("refuses %j and names the place", async (body, path) => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    const problem = await expectProblem(await stack.send("PATCH", `/downloads/${id}`, body), 422, "invalid_request");
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });

  test("under If-Match changes only what is still as it was read", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    const path = `/downloads/${id}`;
    const tag = (await stack.send("GET", path)).headers.get("etag") ?? "";
    const under = (condition: string, value: string) =>
      stack.send("PATCH", path, { labels: { by: value } }, { "If-Match": condition });
    const first = await under(tag, "one");
    expect([first.status, first.headers.get("etag") === tag]).toEqual([200, false]);
    await expectProblem(await under(tag, "two"), 412, "precondition_failed");
    await expectProblem(await under(`W/${first.headers.get("etag")}`, "two"), 412, "precondition_failed");
    expect((await under(`"other", ${first.headers.get("etag")}`, "three")).status).toBe(200);
    expect((await under("*", "four")).status).toBe(200);
  });

  test("answers 404 for what is not there", async () => {
    await using stack = await createStack();
    await expectProblem(await stack.send("PATCH", `/downloads/job_${"0".repeat(32)}`, {}), 404, "not_found");
  });
});

describe("POST /downloads/bulk", () => {
  test("answers for each of the jobs that are named, also for those that are none", async () => {
    await using stack = await createStack();
    const [one, two] = [await stack.submit(), await stack.submit()];
    await stack.send("POST", `/downloads/${two.id}/cancel`);
    const ids = [one.id, two.id, `job_${"0".repeat(32)}`, "nonsense", one.id];
    const response = await stack.send("POST", "/downloads/bulk", { action: "pause", ids });
    expect(response.status).toBe(200);
    const answer = BulkAnswer.parse(await response.json());
    expect(answer.data.map(({ id, state, error }) => [id, state, error?.code ?? null])).toEqual([
      [one.id, "paused", null],
      [two.id, "canceled", "invalid_state"],
      [`job_${"0".repeat(32)}`, null, "not_found"],
      ["nonsense", null, "not_found"],
    ]);
    expect(answer).toMatchObject({ done: 1, failed: 3, nextCursor: null, remaining: 0 });
  });

  test("is told to the audit log once, with each job that it ended", async () => {
    await using stack = await createStack();
    const jobs = [await stack.submit(), await stack.submit()];
    const ids = jobs.map(({ id }) => id);
    await stack.send("POST", "/downloads/bulk", { action: "pause", ids });
    await stack.send("POST", "/downloads/bulk", { action: "pause", ids });
    await stack.send("POST", "/downloads/bulk", { action: "cancel", ids });
    const entries = await stack.deps.database.audit.list({ limit: 10 });
    const told = entries.map(({ action, subject, detail }) => ({ action, subject, detail }));
    expect(told).toHaveLength(4);
    expect(told).toContainEqual({ action: "jobs.bulk", subject: null, detail: { action: "pause", jobs: 2 } });
    expect(told).toContainEqual({ action: "jobs.bulk", subject: null, detail: { action: "cancel", jobs: 2 } });
    for (const subject of ids) expect(told).toContainEqual({ action: "job.canceled", subject, detail: {} });
  });

  test("retries what the owner's account has room for, and says of each of the others why it was left", async () => {
    await using stack = await createStack();
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await stack.submit()).id);
    await stack.send("POST", "/downloads/bulk", { action: "cancel", ids });
    await stack.deps.database.accounts.limit("local", { queuedJobs: 1 });
    const answer = BulkAnswer.parse(
      await (await stack.send("POST", "/downloads/bulk", { action: "retry", ids })).json(),
    );
    expect([answer.done, answer.failed]).toEqual([1, 2]);
    expect(answer.data.map(({ id, state, error }) => [id, state, error?.code ?? null])).toEqual(
      ids.map((id, index) => (index === 0 ? [id, "queued", null] : [id, "canceled", "quota_exceeded"])),
    );
  });

  test("goes through a filter page by page, tells followers of each job, and leaves later ones alone", async () => {
    await using stack = await createStack();
    const jobs = await Promise.all(Array.from({ length: 7 }, () => stack.submit({ labels: { kind: "old" } })));
    const heard: string[] = [];
    for (const { id } of jobs)
      await stack.deps.events.subscribe(`job:${id}`, (event) => void heard.push(event?.type ?? ""));
    const body = { action: "cancel", filter: { labels: { kind: "old" } }, limit: 3 };
    let cursor: string | null = null;
    const remaining: number[] = [];
    do {
      const response = await stack.send("POST", "/downloads/bulk", { ...body, ...(cursor && { cursor }) });
      const answer = BulkAnswer.parse(await response.json());
      if (cursor === null) await stack.submit({ labels: { kind: "old" } });
      remaining.push(answer.remaining);
      cursor = answer.nextCursor;
    } while (cursor !== null);
    expect(remaining).toEqual([4, 2, 0]);
    const states = await Promise.all(jobs.map(({ id }) => stack.deps.database.jobs.get(id, null)));
    expect(states.map((job) => job?.state)).toEqual(Array(7).fill("canceled"));
    expect((await stack.deps.database.jobs.countByState()).queued).toBe(1);
    await eventually(() => heard.filter((type) => type === "job").length >= 7);
  });

  test("deletes jobs, and with the same key only once", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    const remove = () =>
      stack.send("POST", "/downloads/bulk", { action: "delete", ids: [id] }, { "idempotency-key": "k" });
    const first = await (await remove()).text();
    const again = await remove();
    expect([await again.text(), again.headers.get("idempotent-replayed")]).toEqual([first, "true"]);
    expect(await stack.deps.database.jobs.get(id, null)).toBeNull();
  });

  test.each([
    [{ action: "cancel" }, "/ids"],
    [{ action: "explode", ids: ["x"] }, "/action"],
    [{ action: "cancel", ids: ["x"], filter: {} }, "/filter"],
    [{ action: "cancel", ids: ["x"], cursor: "abc" }, "/cursor"],
    [{ action: "cancel", ids: [] }, "/ids"],
    [{ action: "cancel", filter: { state: ["done"] } }, "/filter/state/0"],
    [{ action: "cancel", filter: {}, limit: 1_001 }, "/limit"],
    [{ action: "cancel", filter: {}, cursor: "abc" }, "/cursor"],
  ])("refuses %j and names the place", async (body, path) => {
    await using stack = await createStack();
    const problem = await expectProblem(await stack.send("POST", "/downloads/bulk", body), 422, "invalid_request");
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });
});

describe("filters of GET /downloads", () => {
  test("find by code and time, and are counted alike", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    const claimed = await stack.claim((await stack.deps.database.jobs.get(id, null)) ?? (await stack.submit()));
    const error = { code: "bot_check", detail: "x", hint: "y", retryable: true } as const;
    await stack.deps.database.attempts.fail({ jobId: claimed.id, attempt: claimed.attempt }, error);
    await stack.submit();
    const tomorrow = encodeURIComponent(new Date(Date.now() + 86_400_000).toISOString());
    for (const [query, found] of [
      ["code=bot_check,video_private", 1],
      ["code=video_private", 0],
      ["state=failed,queued", 2],
      [`createdBefore=${tomorrow}`, 2],
      [`finishedAfter=2020-01-01T00:00:00Z&finishedBefore=${tomorrow}`, 1],
    ] as const) {
      const page = DownloadPage.parse(await (await stack.send("GET", `/downloads?${query}`)).json());
      const counts = DownloadCounts.parse(await (await stack.send("GET", `/downloads/counts?${query}`)).json());
      expect([query, page.data.length, counts.total, counts.exact]).toEqual([query, found, found, true]);
    }
  });

  test.each([
    ["code=nope", "/code/0"],
    ["createdAfter=yesterday", "/createdAfter"],
    ["finishedBefore=9999-12-31T23:59:59-23:59", "/finishedBefore"],
  ])("refuse ?%s, in the list and in the counts", async (query, path) => {
    await using stack = await createStack();
    for (const place of ["/downloads", "/downloads/counts"]) {
      const problem = await expectProblem(await stack.send("GET", `${place}?${query}`), 422, "invalid_request");
      expect(problem.errors?.map((error) => error.path)).toContain(path);
    }
  });

  test("belong to the cursor: with other filters it is refused", async () => {
    await using stack = await createStack();
    await Promise.all([stack.submit(), stack.submit()]);
    const first = await stack.send("GET", "/downloads?limit=1&state=queued");
    const { nextCursor } = DownloadPage.parse(await first.json());
    expect((await stack.send("GET", `/downloads?limit=2&state=queued&cursor=${nextCursor}`)).status).toBe(200);
    const other = await stack.send("GET", `/downloads?limit=1&state=failed&cursor=${nextCursor}`);
    const problem = await expectProblem(other, 422, "invalid_request");
    expect(problem.errors?.[0]).toMatchObject({ path: "/cursor", message: expect.stringContaining("same filters") });
  });

  test("answer 304 while nothing has changed", async () => {
    await using stack = await createStack();
    await stack.submit();
    for (const path of ["/downloads", "/downloads/counts"]) {
      const tag = (await stack.send("GET", path)).headers.get("etag") ?? "";
      expect((await stack.send("GET", path, undefined, { "If-None-Match": tag })).status).toBe(304);
    }
  });
});

describe("Prefer: wait", () => {
  const post = (stack: Awaited<ReturnType<typeof createStack>>, prefer: string) =>
    stack.send("POST", "/downloads", { url }, { Prefer: prefer });

  test("answers 200 with the job when it ends in time", async () => {
    await using stack = await createStack();
    const answer = post(stack, "respond-async, wait=30");
    const [job] = await eventually(async () => {
      const jobs = await stack.deps.database.jobs.list({ owner: null, limit: 1 });
      return jobs.length > 0 && jobs;
    });
    if (job === undefined) throw new Error("no job");
    await stack.send("POST", `/downloads/${job.id}/cancel`);
    const response = await answer;
    expect([response.status, response.headers.get("preference-applied")]).toEqual([200, "wait=30"]);
    expect(isTerminal((await idOf(response)).state)).toBe(true);
  });

  test("answers 202 when it does not", async () => {
    await using stack = await createStack();
    const response = await post(stack, "wait=1");
    expect([response.status, response.headers.get("preference-applied")]).toEqual([202, "wait=1"]);
    expect((await idOf(response)).state).toBe("queued");
    expect((await post(stack, "wait=0")).headers.has("preference-applied")).toBe(false);
  });

  test("reads what the header asks for, and ignores what it does not understand", () => {
    const asked = (header: string | undefined) => preferredWait(header);
    expect(["wait=5", "respond-async, wait=7", 'wait="9"', "WAIT = 3; x=1", "wait=600"].map(asked)).toEqual([
      5, 7, 9, 3, 60,
    ]);
    expect([undefined, "", "wait", "wait=-1", "wait=x", "waiting=5"].map(asked)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
