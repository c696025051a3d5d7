import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { JobFailedError, SaveError, Vidferry } from "@vidferry/sdk";
import { tempDir } from "@vidferry/testing";
import { fromServer, openClient, serverFailure } from "./client.ts";

const refusing = (status: number, problem: object | string) =>
  new Vidferry({
    baseUrl: "http://127.0.0.1:1",
    maxRetries: 0,
    fetch: () =>
      typeof problem === "string"
        ? new Response(problem, { status, headers: { "content-type": "text/html" } })
        : Response.json(problem, { status, headers: { "content-type": "application/problem+json" } }),
  });
const failureOf = (vidferry: Vidferry): Promise<unknown> =>
  vidferry.downloads.get("job_1").then(
    () => null,
    (error: unknown) => error,
  );

describe("what goes wrong with a server", () => {
  test("is told with the server's own code and hint", async () => {
    const problem = {
      type: "x",
      title: "No",
      status: 403,
      code: "forbidden",
      detail: "No right.",
      hint: "Ask.",
      requestId: "r",
      retryable: false,
    };
    expect(serverFailure(await failureOf(refusing(403, problem)))).toEqual({
      code: "forbidden",
      detail: expect.stringContaining("No right."),
      hint: "Ask.",
    });
  });

  test("is told as unavailable where something else answers, or nothing", async () => {
    const page = serverFailure(await failureOf(refusing(502, "<html>")));
    expect(page.code).toBe("unavailable");
    const nobody = new Vidferry({
      baseUrl: "http://127.0.0.1:1",
      maxRetries: 0,
      fetch: () => Promise.reject(new TypeError("refused")),
    });
    expect(serverFailure(await failureOf(nobody))).toMatchObject({
      code: "unavailable",
      hint: expect.stringContaining("--server"),
    });
  });

  test("with a job or a file is told by its reason", () => {
    const job = {
      state: "failed",
      error: { code: "video_private", detail: "It is private.", hint: "Cookies.", retryable: false },
    } as ConstructorParameters<typeof JobFailedError>[0];
    expect(serverFailure(new JobFailedError(job))).toEqual({
      code: "video_private",
      detail: "It is private.",
      hint: "Cookies.",
    });
    expect(serverFailure(new SaveError("full", "disk_full", "/x"))).toMatchObject({ code: "disk_full" });
    expect(serverFailure(new SaveError("there", "exists", "/x"))).toMatchObject({ code: "storage_error" });
  });

  test("is left alone where it is a fault of ours", () => {
    const error = new TypeError("ours");
    expect(fromServer(error)).toBe(error);
    expect(() => serverFailure(error)).toThrow("ours");
  });
});

describe("the server of a command", () => {
  test("comes from its option or the environment, with a key from a file or the environment", async () => {
    await using dir = await tempDir("vidferry-key");
    const keyFile = join(dir.path, "key");
    await writeFile(keyFile, "vf_key\n");
    await openClient({ server: "http://127.0.0.1:8080", keyFile }, {});
    await openClient({}, { VIDFERRY_URL: "http://127.0.0.1:8080", VIDFERRY_API_KEY: "" });
    await expect(openClient({}, {})).rejects.toThrow("which server?");
    await expect(openClient({ server: "127.0.0.1" }, {})).rejects.toThrow(/^--server must be/);
    await expect(openClient({ server: "http://x" }, { VIDFERRY_API_KEY: "a b" })).rejects.toThrow(
      /^the key has a blank/,
    );
    await expect(openClient({ server: "http://x", keyFile: "/nowhere" }, {})).rejects.toThrow("--key-file: /nowhere");
  });
});
