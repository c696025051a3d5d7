import { describe, expect, test } from "bun:test";
import { createServiceFixture } from "@vidferry/testing";
import { defaultHostPolicy } from "../sources/source-url.ts";
import { readRequest } from "./read-request.ts";
import type { DownloadRequestInput } from "./request.ts";
import { submitJob } from "./submit-job.ts";

const url = "https://www.youtube.com/watch?v=aaaaaaaaaaa";

describe("a request that comes again under its idempotency key", () => {
  test("is the same whatever the order of its fields and labels, and another one when it says something else", async () => {
    await using fixture = await createServiceFixture();
    const submit = async (written: DownloadRequestInput) =>
      await submitJob(
        fixture.deps,
        { hosts: defaultHostPolicy, maxAttempts: 3 },
        { owner: "ada", request: readRequest(written), written, idempotencyKey: "a-key", requestId: null },
      );
    const first = await submit({ url, labels: { a: "1", b: "2" }, priority: "low" });
    expect(first.repeated).toBe(false);
    const again = await submit({ priority: "low", labels: { b: "2", a: "1" }, url });
    expect([again.repeated, again.job.id]).toEqual([true, first.job.id]);
    const conflict = { code: "idempotency_conflict" };
    await expect(submit({ url, labels: { a: "2", b: "1" }, priority: "low" })).rejects.toMatchObject(conflict);
    await expect(submit({ url, labels: { a: "1", b: "2" } })).rejects.toMatchObject(conflict);
  });

  test("is the same after the schema got another default", async () => {
    await using fixture = await createServiceFixture();
    const written = { url };
    const submit = async (request: object) =>
      await submitJob(
        fixture.deps,
        { hosts: defaultHostPolicy, maxAttempts: 3 },
        {
          owner: "ada",
          request: { ...readRequest(written), ...request },
          written,
          idempotencyKey: "a-key",
          requestId: null,
        },
      );
    await submit({});
    expect((await submit({ aFieldOfTomorrow: "its default" })).repeated).toBe(true);
  });
});
