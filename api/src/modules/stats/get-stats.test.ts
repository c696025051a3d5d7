import { describe, expect, test } from "bun:test";
import { anError, attemptOf, created, started } from "@vidferry/testing/conformance";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { Stats } from "./get-stats.ts";

async function withEnds() {
  const harness = createHarness();
  const { database } = harness.service;
  for (const owner of ["local", "local", "bob"]) {
    const job = await started(database, { owner });
    await database.attempts.fail(attemptOf(job), anError);
  }
  await database.jobs.move((await created(database, { owner: "local" })).id, null, "cancel");
  await database.stats.countEnded(100);
  const get = async (query: string) => {
    const response = await harness.send("GET", `/api/v1/stats${query}`);
    expect(response.status).toBe(200);
    return Stats.parse(await response.json());
  };
  return { ...harness, get };
}

describe("GET /stats", () => {
  test("counts the key's own jobs of the last thirty days by day, days without one as well", async () => {
    const { get } = await withEnds();
    const { total, data, by, owner, from, to } = await get("");
    expect({ by, owner }).toEqual({ by: "day", owner: "local" });
    expect(total).toMatchObject({ count: 3, bytes: 0, runSeconds: { count: 2 } });
    expect(data.length).toBeGreaterThanOrEqual(30);
    expect(data.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(new Date(to).getTime() - new Date(from).getTime()).toBe(30 * 86_400_000);
  });

  test("goes by state, code and host; of everybody or of each owner for an admin", async () => {
    const { get } = await withEnds();
    const counts = async (query: string) => (await get(query)).data.map(({ key, count }) => [key, count]);
    expect(await counts("?by=state")).toEqual([
      ["succeeded", 0],
      ["failed", 2],
      ["canceled", 1],
    ]);
    expect(await counts("?by=code&owner=*")).toEqual([["network_error", 3]]);
    expect(await counts("?by=host&owner=bob")).toEqual([["youtube.com", 1]]);
    expect(await counts("?by=owner")).toEqual([
      ["local", 3],
      ["bob", 1],
    ]);
  });

  test("takes whole hours around the times that it is given", async () => {
    const { get } = await withEnds();
    const { from, to, data } = await get("?by=hour&from=2026-03-01T10:59:59%2B01:00&to=2026-03-01T12:00:01Z");
    expect([from, to]).toEqual(["2026-03-01T09:00:00.000Z", "2026-03-01T13:00:00.000Z"]);
    expect(data.map(({ key }) => key)).toEqual(
      [9, 10, 11, 12].map((hour) => `2026-03-01T${`${hour}`.padStart(2, "0")}:00:00.000Z`),
    );
  });

  test.each([
    ["by=week", "/by"],
    ["from=yesterday", "/from"],
    ["to=2026-13-01T00:00:00Z", "/to"],
    ["from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "/to"],
    ["by=hour&from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z", "/from"],
    ["by=day&from=1970-01-01T00:00:00Z", "/from"],
    ["owner=", "/owner"],
  ])("refuses ?%s and says where", async (query, path) => {
    const { send } = createHarness();
    const problem = await expectProblem(await send("GET", `/api/v1/stats?${query}`), 422, "invalid_request");
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });
});
