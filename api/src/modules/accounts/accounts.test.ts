import { expect, test } from "bun:test";
import { noLimits } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { AccountResource } from "./schemas.ts";

const path = "/api/v1/accounts/shop";
const read = async (response: Response) => AccountResource.parse(await response.json());

test("an owner that nobody limited has no limits", async () => {
  const { send } = createHarness();
  const account = await read(await send("GET", path));
  expect(account).toMatchObject({ owner: "shop", limits: noLimits, usage: { queuedJobs: 0, storedBytes: null } });
});

test("limits are set and lifted one by one, and the owner reads them as its quota", async () => {
  const { send } = createHarness();
  await send("PATCH", "/api/v1/accounts/local", { limits: { queuedJobs: 10, streams: 3 } });
  const account = await read(await send("PATCH", "/api/v1/accounts/local", { limits: { streams: null, weight: 4 } }));
  expect(account.limits).toEqual({ ...noLimits, queuedJobs: 10, weight: 4 });
  expect((await read(await send("GET", "/api/v1/quota"))).limits).toEqual(account.limits);
});

test("who changed which limits is told to the audit log", async () => {
  const { send, service } = createHarness();
  await send("PATCH", path, { limits: { queuedJobs: 10, streams: null } });
  await send("PATCH", path, { limits: { queuedJobs: -1 } });
  const [entry, ...more] = await service.database.audit.list({ limit: 10, action: "account.changed" });
  expect(more).toEqual([]);
  expect(entry).toMatchObject({
    ...{ subject: "shop", owner: "shop", detail: { queuedJobs: 10, streams: null } },
    by: { via: "api", owner: "local", keyId: null, requestId: expect.stringMatching(/^req_/) },
  });
});

test("a limit that is none is refused by its name", async () => {
  const { send } = createHarness();
  for (const limits of [{ queuedJobs: -1 }, { queuedJobs: 1.5 }, { weight: 0 }, { weight: null }, { cups: 1 }]) {
    const problem = await expectProblem(await send("PATCH", path, { limits }), 422, "invalid_request");
    expect(problem.errors?.[0]?.path).toContain(Object.keys(limits)[0] ?? "?");
  }
  await expectProblem(await send("PATCH", path, {}), 422, "invalid_request");
});
