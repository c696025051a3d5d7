import { describe, expect, test } from "bun:test";
import { ApiError } from "./errors.ts";
import { sampleJob } from "./testing/sample-job.ts";
import { json, problem, refused, type Step, scriptedFetch } from "./testing/scripted-fetch.ts";
import type { DownloadJob } from "./types.ts";
import { Vidferry } from "./vidferry.ts";

function client(...steps: readonly Step[]) {
  const { fetch, sent } = scriptedFetch(...steps);
  return { downloads: new Vidferry({ baseUrl: "http://service.test", fetch }).downloads, sent };
}

const page = (ids: readonly string[], nextCursor: string | null): Step =>
  json({ data: ids.map((id) => sampleJob({ id })), nextCursor });

describe("the list", () => {
  test("is a page when it is awaited", async () => {
    const { downloads, sent } = client(page(["job_3", "job_2"], "c1"), page(["job_1"], null));
    const first = await downloads.list({
      state: ["queued", "running"],
      labels: { team: "blue", "a.b": "1 2" },
      limit: 2,
    });
    expect(first.data.map(({ id }) => id)).toEqual(["job_3", "job_2"]);
    expect(first.nextCursor).toBe("c1");
    const second = await first.next();
    expect(second?.data.map(({ id }) => id)).toEqual(["job_1"]);
    expect(await second?.next()).toBeNull();
    expect(
      sent.map(({ url }) =>
        Object.fromEntries([...url.searchParams].map(([key]) => [key, url.searchParams.getAll(key)])),
      ),
    ).toEqual([
      { limit: ["2"], state: ["queued", "running"], "label.team": ["blue"], "label.a.b": ["1 2"] },
      { limit: ["2"], state: ["queued", "running"], "label.team": ["blue"], "label.a.b": ["1 2"], cursor: ["c1"] },
    ]);
  });

  test("is every job of all pages when it is iterated, and asks for a page only when it comes to it", async () => {
    const { downloads, sent } = client(page(["job_3"], "c1"), page([], "c2"), page(["job_1"], null));
    const seen: string[] = [];
    const asked: number[] = [];
    for await (const { id } of downloads.list({ cursor: "c0" })) {
      seen.push(id);
      asked.push(sent.length);
    }
    expect(seen).toEqual(["job_3", "job_1"]);
    expect(asked).toEqual([1, 3]);
    expect(sent.map(({ url }) => url.searchParams.get("cursor"))).toEqual(["c0", "c1", "c2"]);
  });

  test("ends with the error of the page that could not be had", async () => {
    const { downloads } = client(page(["job_3"], "c1"), problem(422, "invalid_request"));
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { id } of downloads.list()) seen.push(id);
    })();
    await expect(reading).rejects.toBeInstanceOf(ApiError);
    expect(seen).toEqual(["job_3"]);
  });
});

describe("a move whose first answer was lost", () => {
  const moves = [
    ["cancel", "canceled"],
    ["pause", "paused"],
    ["resume", "running"],
    ["retry", "queued"],
  ] as const satisfies readonly (readonly [string, DownloadJob["state"]])[];

  test.each(moves)("%s is done when the job shows it", async (move, state) => {
    const { downloads, sent } = client(refused, problem(409, "invalid_state"), json(sampleJob({ state })));
    expect((await downloads[move]("job_1")).state).toBe(state);
    expect(sent.map(({ method, url }) => `${method} ${url.pathname.split("/").at(-1)}`)).toEqual([
      `POST ${move}`,
      `POST ${move}`,
      "GET job_1",
    ]);
  });

  test("is an error when the job shows something else", async () => {
    const { downloads } = client(refused, problem(409, "invalid_state"), json(sampleJob({ state: "succeeded" })));
    await expect(downloads.cancel("job_1")).rejects.toMatchObject({ code: "invalid_state" });
  });

  test("is an error when nothing was lost", async () => {
    const { downloads, sent } = client(problem(409, "invalid_state"));
    await expect(downloads.cancel("job_1")).rejects.toMatchObject({ code: "invalid_state" });
    expect(sent.length).toBe(1);
  });

  test("a deletion is done when the job is gone", async () => {
    const lost = client(refused, problem(404, "not_found"));
    expect(await lost.downloads.remove("job_1")).toBeUndefined();
    const unknown = client(problem(404, "not_found"));
    await expect(unknown.downloads.remove("job_1")).rejects.toMatchObject({ code: "not_found" });
  });
});
