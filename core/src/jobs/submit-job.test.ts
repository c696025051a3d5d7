import { describe, expect, test } from "bun:test";
import { createServiceFixture } from "@vidferry/testing";
import { defaultSettings } from "../egress/egress.ts";
import { defaultHostPolicy } from "../sources/source-url.ts";
import { readRequest } from "./read-request.ts";
import type { DownloadRequestInput } from "./request.ts";
import { type OperatorServers, submitJob } from "./submit-job.ts";

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

describe("a request that needs a server of the operator's", () => {
  const submit = async (subtitles: DownloadRequestInput["subtitles"], servers?: OperatorServers) => {
    await using fixture = await createServiceFixture();
    const written = { url, subtitles };
    const policy = { hosts: defaultHostPolicy, maxAttempts: 3, ...(servers && { servers }) };
    const input = { owner: "ada", request: readRequest(written), written, idempotencyKey: null, requestId: null };
    const submitted = submitJob(fixture.deps, policy, input).then(() => "accepted");
    return await submitted.catch((error: unknown) => error);
  };
  const translation = { translateTo: ["fr"], translator: "libretranslate" as const };

  test("is refused where there is none, and the setting is named", async () => {
    const fields = [{ path: "/subtitles/transcribe", message: expect.stringContaining("TRANSCRIBER_URL") }];
    expect(await submit({ transcribe: "missing" })).toMatchObject({ code: "not_configured", fields });
    expect(await submit({ transcribe: "always" }, { translator: true, transcriber: false })).toMatchObject({ fields });
    expect(await submit(translation)).toMatchObject({
      code: "not_configured",
      message: expect.stringContaining("LIBRETRANSLATE_URL"),
    });
  });

  test("is accepted where there is one", async () => {
    const servers = { translator: true, transcriber: true };
    expect(await submit({ transcribe: "missing", ...translation }, servers)).toBe("accepted");
    expect(await submit({ transcribe: "never", translator: "libretranslate" })).toBe("accepted");
  });
});

describe("a request that names an egress", () => {
  const id = `egr_${"1".repeat(32)}` as const;
  test("is refused by the field when there is none of that name, or none of it for the link's site", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const other = { ...defaultSettings, id, name: "homes-1", pool: "homes", hosts: ["vimeo.com"] };
    await deps.database.egresses.insert({ ...other, proxy: null, cookies: null });
    const submit = async (egress: string) =>
      await submitJob(
        deps,
        { hosts: defaultHostPolicy, maxAttempts: 3 },
        { owner: "ada", request: readRequest({ url, egress }), written: {}, idempotencyKey: null, requestId: null },
      );
    for (const [name, message] of [
      ["home", /there is no egress or pool/],
      ["homes", /is not for youtube\.com/],
      ["homes-1", /is not for youtube\.com/],
    ] as const) {
      const fields = [{ path: "/egress", message: expect.stringMatching(message) }];
      await expect(submit(name)).rejects.toMatchObject({ code: "invalid_request", fields });
    }
    await deps.database.egresses.update(id, { hosts: ["youtube.com"] });
    for (const name of ["homes", "homes-1", "direct"])
      expect((await submit(name)).job.request).toMatchObject({ egress: name });
  });
});
