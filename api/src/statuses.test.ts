import { describe, expect, test } from "bun:test";
import { AppError, type ErrorCode } from "@vidferry/core";
import { type Auth, createOpenAuth } from "./auth/auth.ts";
import { createHarness, expectProblem, type Harness } from "./testing/harness.ts";
import { type DescribedOperation, describedOperations } from "./testing/operations.ts";
import { idOf, makeArtifact, makeJob } from "./testing/samples.ts";

const all = await describedOperations();
const withStatus = (status: number) =>
  all.filter(({ statuses, needsKey }) => needsKey && statuses.includes(String(status)));
const named = (operation: DescribedOperation) => [operation.operationId, operation] as const;

/** An app that nobody gets into, for this reason. */
function refusing(error: unknown): Harness {
  const auth: Auth = { ...createOpenAuth(), mode: "keys", authenticate: async () => Promise.reject(error) };
  return createHarness({ auth });
}

describe("every operation answers as documented", () => {
  test.each([
    [401, "unauthorized"],
    [403, "forbidden"],
    [429, "rate_limit_exceeded"],
    [503, "unavailable"],
  ] as const)("with %d when %s", async (status, code: ErrorCode) => {
    const { send } = refusing(new AppError(code));
    expect(withStatus(status).length).toBeGreaterThan(2);
    for (const { method, path } of withStatus(status)) await expectProblem(await send(method, path), status, code);
  });

  test("with 500 and nothing of the cause when something unexpected happens", async () => {
    const { send } = refusing(new Error("hunter2"));
    for (const { method, path, statuses } of all.filter(({ needsKey }) => needsKey)) {
      expect({ path, statuses }).toEqual({ path, statuses: expect.arrayContaining(["500"]) });
      const problem = await expectProblem(await send(method, path), 500, "internal_error");
      expect(JSON.stringify(problem)).not.toContain("hunter2");
    }
  });

  test.each(all.filter(({ needsKey }) => !needsKey).map(named))(
    "%s, without keys, with 403 to a host name that is not the machine's",
    async (_, { method, path }) => {
      const response = await createHarness().app.request(`http://rebound.example${path}`, { method });
      await expectProblem(response, 403, "forbidden");
    },
  );

  test.each(withStatus(413).map(named))("%s refuses a body above the limit", async (_, { method, path }) => {
    const { send } = createHarness({ config: { maxBodyBytes: 100 } });
    // A batch has room for its links besides.
    const room = path === "/api/v1/batches" ? 4 * 1024 ** 2 : 0;
    const response = await send(method, path, { text: "x".repeat(200 + room) });
    await expectProblem(response, 413, "payload_too_large");
  });

  test.each(
    withStatus(415)
      .filter(({ method }) => method === "PATCH")
      .map(named),
  )("%s refuses a request without the body that it needs", async (_, { method, path }) => {
    const problem = await expectProblem(await createHarness().send(method, path), 422, "invalid_request");
    expect(problem.errors).toHaveLength(1);
  });

  test.each(withStatus(415).map(named))("%s refuses a body that is not JSON", async (_, { method, path }) => {
    const { app } = createHarness();
    const response = await app.request(path, { method, headers: { "content-type": "text/plain" }, body: "hello" });
    await expectProblem(response, 415, "unsupported_media_type");
  });

  test.each(
    withStatus(422)
      .filter(({ method }) => method !== "GET")
      .map(named),
  )("%s refuses a query parameter that it does not know, by name", async (_, { method, path }) => {
    const { send } = createHarness();
    const problem = await expectProblem(await send(method, `${path}?nonsense=1`), 422, "invalid_request");
    expect(problem.errors).toEqual([{ path: "/nonsense", message: "is not a known field" }]);
  });

  test.each(withStatus(404).map(named))("%s with 404 where there is no such thing", async (_, { method, path }) => {
    const { send } = createHarness();
    const response = await send(method, path, method === "PATCH" ? {} : undefined);
    await expectProblem(response, 404, "not_found");
  });

  test.each(["createFileLink", "createTicket", "probe"])(
    "%s tells who repeats it that the first request still runs",
    async (wanted) => {
      const { send, service } = createHarness();
      service.jobs.set(idOf("job", 1), makeJob(1, { state: "succeeded", artifacts: [makeArtifact(1, 5)] }));
      service.runOnce = async () => {
        throw new AppError("idempotency_in_progress");
      };
      for (const { method, path } of all.filter(({ operationId }) => operationId === wanted)) {
        const body = wanted === "probe" ? { url: "https://youtu.be/dQw4w9WgXcQ" } : {};
        await expectProblem(await send(method, path, body), 409, "idempotency_in_progress");
      }
    },
  );

  test("many changes at once, repeated while the first request runs, are told so", async () => {
    const { send, service } = createHarness();
    service.changeAll = async () => {
      throw new AppError("idempotency_in_progress");
    };
    const response = await send("POST", "/api/v1/downloads/bulk", { action: "cancel", ids: [idOf("job", 1)] });
    await expectProblem(response, 409, "idempotency_in_progress");
  });

  test("the short form of creating a download waits for its end when asked to", async () => {
    const { send, service } = createHarness();
    service.submit = async () => ({ job: makeJob(1, { state: "succeeded" }), repeated: true });
    service.jobs.set(idOf("job", 1), makeJob(1, { state: "succeeded" }));
    const body = { url: "https://youtu.be/dQw4w9WgXcQ" };
    expect((await send("POST", "/api/v1/download", body, { Prefer: "wait=1" })).status).toBe(200);
  });

  test("the short form of creating a download passes a full disk on", async () => {
    const { send, service } = createHarness();
    service.failure = new AppError("disk_full");
    const response = await send("POST", "/api/v1/download", { url: "https://youtu.be/dQw4w9WgXcQ" });
    await expectProblem(response, 507, "disk_full");
  });

  test.each(all.filter(({ method, statuses }) => method === "GET" && statuses.includes("422")).map(named))(
    "%s refuses a wrong parameter",
    async (_, { method, path }) => {
      const { send } = createHarness();
      const wrong = `cursor=${"x".repeat(300)}&lastEventId=${"x".repeat(300)}&proxy=2&from=x&state=x`;
      const place = path.replace(/accounts\/.+/, `accounts/${"x".repeat(300)}`);
      await expectProblem(await send(method, `${place}?${wrong}`), 422, "invalid_request");
    },
  );

  test("the short form of reading a download knows its tag", async () => {
    const { send, service } = createHarness();
    service.jobs.set(idOf("job", 1), makeJob(1));
    const path = `/api/v1/status/${idOf("job", 1)}`;
    const tag = (await send("GET", path)).headers.get("etag") ?? "";
    expect((await send("GET", path, undefined, { "If-None-Match": tag })).status).toBe(304);
  });
});
