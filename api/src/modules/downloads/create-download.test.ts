import { describe, expect, test } from "bun:test";
import { AppError, createVidferry, JobResource } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";

const url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";

describe("POST /downloads", () => {
  test("accepts a link alone and answers 202 with the job and its place", async () => {
    const { send, service } = createHarness();
    const response = await send("POST", "/api/v1/downloads", { url });
    expect(response.status).toBe(202);
    const job = JobResource.parse(await response.json());
    expect(response.headers.get("location")).toBe(`/api/v1/downloads/${job.id}`);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.has("idempotent-replayed")).toBe(false);
    expect(service.submitted[0]).toMatchObject({
      owner: "local",
      idempotencyKey: null,
      requestId: response.headers.get("x-request-id") ?? "",
      written: { url },
      body: { url, output: { type: "video", quality: "1080p", container: "mp4" }, priority: "normal" },
    });
  });

  test("has a short form", async () => {
    const { send } = createHarness();
    expect((await send("POST", "/api/v1/download", { url })).status).toBe(202);
  });

  test("answers a repeated idempotency key with the same job, and another body with a conflict", async () => {
    const { send } = createHarness();
    const headers = { "Idempotency-Key": "once-1" };
    const first = JobResource.parse(await (await send("POST", "/api/v1/downloads", { url }, headers)).json());
    const again = await send("POST", "/api/v1/downloads", { url }, headers);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(JobResource.parse(await again.json()).id).toBe(first.id);
    const other = await send("POST", "/api/v1/downloads", { url, priority: "low" }, headers);
    await expectProblem(other, 422, "idempotency_conflict");
  });

  test.each(["", "with space", "x".repeat(256), "schlüssel"])("refuses %p as an idempotency key", async (key) => {
    const { send, service } = createHarness();
    const response = await send("POST", "/api/v1/downloads", { url }, { "Idempotency-Key": encodeLatin1(key) });
    const problem = await expectProblem(response, 422, "invalid_request");
    expect(problem.errors?.[0]?.path).toBe("/idempotency-key");
    expect(service.submitted).toEqual([]);
  });

  test.each([
    ["no url", {}, "/url"],
    ["an empty url", { url: " " }, "/url"],
    ["a url of 10 KB", { url: `https://youtu.be/${"a".repeat(10_240)}` }, "/url"],
    ["a number for the url", { url: 5 }, "/url"],
    ["an unknown field", { url, colour: "red" }, "/colour"],
    ["an unknown field inside", { url, output: { type: "video", speed: 2 } }, "/output/speed"],
    ["an unknown quality", { url, output: { type: "video", quality: "999p" } }, "/output/quality"],
    ["an unknown output", { url, output: { type: "gif" } }, "/output/type"],
    ["a clip that ends before it starts", { url, clip: { startSeconds: 9, endSeconds: 3 } }, "/clip/endSeconds"],
    ["a text for a number", { url, maxAttempts: "3" }, "/maxAttempts"],
    ["a broken time", { url, scheduledFor: "tomorrow" }, "/scheduledFor"],
    ["a time beyond four digits", { url, scheduledFor: "9999-12-31T23:59:59-23:59" }, "/scheduledFor"],
    ["a list for the body", [], ""],
    ["null for the body", null, ""],
  ])("refuses %s and names the field", async (_, body, path) => {
    const { send, service } = createHarness();
    const problem = await expectProblem(await send("POST", "/api/v1/downloads", body), 422, "invalid_request");
    expect(problem.errors?.map((error) => error.path)).toContain(path);
    expect(service.submitted).toEqual([]);
  });

  test.each([
    [{}],
    [{ url, colour: "red" }],
    [{ url, output: { type: "video", speed: 2 }, one: 1 }],
    [{ url, output: { type: "gif" } }],
    [{ url, clip: { startSeconds: 9, endSeconds: 3 } }],
    [{ url, maxAttempts: "3" }],
    [[]],
    [null],
  ])("refuses %j by the same code, fields and words as `download` of the library", async (body) => {
    const { send } = createHarness();
    const problem = await expectProblem(await send("POST", "/api/v1/downloads", body), 422, "invalid_request");
    await using vidferry = createVidferry();
    await expect(vidferry.download(body as never)).rejects.toMatchObject({
      ...{ code: problem.code, fields: problem.errors },
    });
  });

  test("names every unknown field, and keeps its own answer short", async () => {
    const { send } = createHarness();
    const long = "x".repeat(5_000);
    const response = await send("POST", "/api/v1/downloads", { url, one: 1, two: 2, [long]: 3 });
    const problem = await expectProblem(response, 422, "invalid_request");
    expect(problem.errors?.map((error) => error.path)).toEqual(["/one", "/two", `/${long}`.slice(0, 200)]);
  });

  test.each([
    ["malformed JSON", "application/json", '{"url":', 422, "invalid_request"],
    ["an empty body that claims to be JSON", "application/json", "", 422, "invalid_request"],
    ["a form", "application/x-www-form-urlencoded", "url=x", 415, "unsupported_media_type"],
    ["plain text", "text/plain", '{"url":"x"}', 415, "unsupported_media_type"],
  ])("refuses %s", async (_, type, body, status, code) => {
    const { app } = createHarness();
    const request = { method: "POST", headers: { "content-type": type }, body };
    await expectProblem(await app.request("/api/v1/downloads", request), status, code);
  });

  test("names no more wrong fields than anybody reads", async () => {
    const { send } = createHarness();
    const body = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`field${index}`, 1]));
    const problem = await expectProblem(await send("POST", "/api/v1/downloads", body), 422, "invalid_request");
    expect(problem.errors).toHaveLength(50);
  });

  test("refuses a request without a body by naming what is missing", async () => {
    const { send } = createHarness();
    const problem = await expectProblem(await send("POST", "/api/v1/downloads"), 422, "invalid_request");
    expect(problem.errors?.[0]?.path).toBe("/url");
  });

  test("refuses a body above the limit, announced or in chunks", async () => {
    const { app, send, service } = createHarness();
    const body = JSON.stringify({ url, labels: { a: "x".repeat(70_000) } });
    const headers = { "content-type": "application/json" };
    const announced = { method: "POST", headers: { ...headers, "content-length": String(body.length) }, body };
    await expectProblem(await app.request("/api/v1/downloads", announced), 413, "payload_too_large");
    const chunks = new Blob([body]).stream();
    const chunked = new Request("http://localhost/api/v1/downloads", { method: "POST", headers, body: chunks });
    await expectProblem(await app.request(chunked), 413, "payload_too_large");
    expect(service.submitted).toEqual([]);
    expect((await send("POST", "/api/v1/downloads", { url })).status).toBe(202);
  });

  test("refuses unknown query parameters", async () => {
    const { send } = createHarness();
    const problem = await expectProblem(
      await send("POST", "/api/v1/downloads?wait=1", { url }),
      422,
      "invalid_request",
    );
    expect(problem.errors).toEqual([{ path: "/wait", message: "is not a known field" }]);
  });

  test("cookies in the body are refused with the place where they belong", async () => {
    const { send } = createHarness();
    const response = await send("POST", "/api/v1/downloads", {
      url: "https://youtu.be/dQw4w9WgXcQ",
      cookies: "SID=s3cret",
    });
    const problem = await expectProblem(response, 422, "invalid_request");
    expect(problem.errors).toEqual([{ path: "/cookies", message: expect.stringContaining("COOKIES_FILE") }]);
    expect(problem.detail).toContain("COOKIES_FILE");
    expect(JSON.stringify(problem)).not.toContain("s3cret");
  });

  test("passes the code of a refused link on", async () => {
    const { send, service } = createHarness();
    service.failure = new AppError("host_not_allowed", "Links to example.com are not allowed here.");
    const problem = await expectProblem(await send("POST", "/api/v1/downloads", { url }), 422, "host_not_allowed");
    expect(problem.detail).toBe("Links to example.com are not allowed here.");
    expect(problem.retryable).toBe(false);
  });

  test("says when to come back while the store is away", async () => {
    const { send, service } = createHarness();
    service.failure = new AppError("unavailable");
    const response = await send("POST", "/api/v1/downloads", { url });
    expect(response.headers.get("retry-after")).toBe("2");
    expect((await expectProblem(response, 503, "unavailable")).retryable).toBe(true);
  });

  test("answers 507 while the disk of the database is full", async () => {
    const { send, service } = createHarness();
    service.failure = new AppError("disk_full", "The disk of the database is full.");
    const problem = await expectProblem(await send("POST", "/api/v1/downloads", { url }), 507, "disk_full");
    expect(problem).toMatchObject({ detail: "The disk of the database is full.", retryable: true });
  });

  test("tells nothing of an unexpected failure but the request id, and logs the cause", async () => {
    const { send, service, logger } = createHarness();
    service.failure = new Error("password=hunter2 at /srv/app.ts");
    const response = await send("POST", "/api/v1/downloads", { url });
    const problem = await expectProblem(response, 500, "internal_error");
    expect(JSON.stringify(problem)).not.toContain("hunter2");
    const line = logger.lines.find((entry) => entry.message === "request failed");
    expect(line?.fields).toEqual({ requestId: problem.requestId, error: service.failure });
  });
});

// Header values travel as bytes; this is how a client would put UTF-8 there.
function encodeLatin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
