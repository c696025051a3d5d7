import { describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { anArtifact, aResult, attemptOf, created, started } from "@vidferry/testing/conformance";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { startHarness } from "../../testing/live-server.ts";
import { openRaw, readRaw } from "../../testing/raw-client.ts";
import { csvHead } from "./ended-job.ts";
import { HistoryPage } from "./get-history.ts";

type Harness = ReturnType<typeof createHarness>;

async function end(
  { service: { database } }: Pick<Harness, "service">,
  title: string,
  owner = "local",
): Promise<string> {
  const job = await started(database, { owner });
  const artifacts = [{ ...anArtifact, bytes: 5, storageKey: `${job.id}/1` }];
  const media = aResult.media && { ...aResult.media, title };
  await database.attempts.succeed(attemptOf(job), { ...aResult, artifacts, media });
  return job.id;
}

const cancelMany = async ({ service: { database } }: Pick<Harness, "service">, count: number): Promise<void> => {
  for (let number = 0; number < count; number += 1)
    await database.jobs.move((await created(database, { owner: "local" })).id, null, "cancel");
};

describe("GET /history", () => {
  test("pages through every end of the key's own jobs, deleted ones too", async () => {
    const harness = createHarness();
    await cancelMany(harness, 4);
    const deleted = await end(harness, "a secret title");
    await end(harness, "of somebody else", "bob");
    await harness.service.database.jobs.remove(deleted as `job_${string}`, null);
    const seen: HistoryPage["data"][number][] = [];
    let path: string | null = "/api/v1/history?limit=2";
    while (path !== null) {
      const response: Response = await harness.send("GET", path);
      const page = HistoryPage.parse(await response.json());
      seen.push(...page.data);
      const link = response.headers.get("link");
      expect(link === null).toBe(page.nextCursor === null);
      path = link?.slice(1, link.indexOf(">")) ?? null;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen.map(({ jobId }) => jobId)).size).toBe(5);
    const gone = seen.find(({ jobId }) => jobId === deleted);
    expect(gone).toMatchObject({ state: "succeeded", bytes: 5, files: 1, host: "youtube.com" });
    expect([gone?.url, gone?.title, gone?.labels]).toEqual([null, null, null]);
  });

  test("is one CSV file of lines that are whole and no formulas", async () => {
    const harness = createHarness();
    await end(harness, '=HYPERLINK("http://x.example"),\n"quoted"');
    await cancelMany(harness, 1_200);
    const response = await harness.send("GET", "/api/v1/history?format=csv");
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    const text = await response.text();
    expect(text.startsWith(csvHead)).toBe(true);
    expect(text.split("\r\n")).toHaveLength(1 + 1_201 + 1);
    expect(text).toContain(`,"'=HYPERLINK(""http://x.example""),\n""quoted""",`);
    expect(csvHead).toBe(
      "jobId,owner,state,code,host,output,url,title,labels,files,bytes,attempts,createdAt,startedAt,endedAt,runSeconds\r\n",
    );
  });

  test("reads no more of the store than a slow reader takes, and cuts off one that never reads", async () => {
    const harness = await startHarness({ config: { stalledMs: 200 } });
    await cancelMany(harness, 500);
    const { records } = harness.service;
    const [page] = [await records.history({ owner: "local", limit: 500 })];
    let pages = 0;
    // Without an end: only what is bounded comes through this.
    Object.assign(records, {
      history: async () => {
        pages += 1;
        return page.map((entry) => ({ ...entry, title: "x".repeat(2_000) }));
      },
    });
    const socket = await openRaw(harness.url, "GET /api/v1/history?format=csv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    socket.pause();
    let before = -1;
    await eventually(async () => {
      const isStill = pages > 0 && pages === before;
      before = pages;
      await new Promise((resolve) => setTimeout(resolve, 250));
      return isStill && pages === before;
    });
    expect(pages).toBeLessThan(50);
    const answer = readRaw(socket);
    socket.resume();
    expect((await answer).text).not.toEndWith("0\r\n\r\n");
  });

  test("a file whose source fails is cut off, and not taken for a whole one", async () => {
    const harness = await startHarness();
    await cancelMany(harness, 500);
    const { records } = harness.service;
    const page = await records.history({ owner: "local", limit: 500 });
    let pages = 0;
    Object.assign(records, {
      history: async () => {
        pages += 1;
        if (pages > 1) throw new Error("the database went away");
        return page;
      },
    });
    const response = await fetch(`${harness.url}/api/v1/history?format=csv`);
    await expect(response.text()).rejects.toThrow();
    expect(harness.logger.lines.map(({ message }) => message)).toContain("a history was cut off");
  });

  test.each([
    ["format=xml", "/format"],
    ["limit=0", "/limit"],
    ["cursor=abc", "/cursor"],
    ["from=x", "/from"],
  ])("refuses ?%s and says where", async (query, path) => {
    const { send } = createHarness();
    const problem = await expectProblem(await send("GET", `/api/v1/history?${query}`), 422, "invalid_request");
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });
});
