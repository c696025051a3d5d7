import { describe, expect, test } from "bun:test";
import type { Actor } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { AuditPage } from "./list-audit.ts";

const keyId = `key_${"1".repeat(32)}` as const;
const by: Actor = { via: "api", owner: "ada", keyId, requestId: "req_1" };

async function withEntries() {
  const harness = createHarness();
  const { audit } = harness.service.database;
  for (let number = 0; number < 5; number += 1)
    await audit.add({ action: "job.deleted", by, subject: `job_${number}`, owner: "ada", detail: { state: "failed" } });
  await audit.add({ action: "key.revoked", by: { ...by, via: "cli", keyId: null }, subject: keyId, owner: "ada" });
  const get = async (query: string) => {
    const response = await harness.send("GET", `/api/v1/audit${query}`);
    expect(response.status).toBe(200);
    return AuditPage.parse(await response.json());
  };
  return { ...harness, get };
}

describe("GET /audit", () => {
  test("pages through all entries, each once", async () => {
    const { get } = await withEntries();
    const subjects: (string | null)[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: AuditPage = await get(`?limit=4${cursor === "" ? "" : `&cursor=${cursor}`}`);
      subjects.push(...page.data.map(({ subject }) => subject));
      cursor = page.nextCursor;
    }
    expect(subjects.toSorted()).toEqual(["job_0", "job_1", "job_2", "job_3", "job_4", keyId]);
  });

  test("finds entries by action, subject and key", async () => {
    const { get } = await withEntries();
    expect((await get("?action=key.revoked")).data).toMatchObject([
      { subject: keyId, by: { via: "cli", keyId: null } },
    ]);
    expect((await get("?subject=job_3")).data).toMatchObject([{ detail: { state: "failed" }, by }]);
    expect((await get(`?keyId=${keyId}`)).data).toHaveLength(5);
  });

  test.each([
    ["action=nothing", "/action"],
    ["keyId=job_1", "/keyId"],
    ["limit=201", "/limit"],
    ["cursor=x", "/cursor"],
  ])("refuses ?%s and says where", async (query, path) => {
    const { send } = createHarness();
    const problem = await expectProblem(await send("GET", `/api/v1/audit?${query}`), 422, "invalid_request");
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });
});
