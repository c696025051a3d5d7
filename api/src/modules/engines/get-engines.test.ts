import { describe, expect, test } from "bun:test";
import { countRuns, firstChoice, useEngine } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { Engines } from "./get-engines.ts";

describe("GET /engines", () => {
  test("says what is used, what is tried and how it does, what was left and what is new", async () => {
    const { send, service } = createHarness();
    const read = async () => Engines.parse(await (await send("GET", "/api/v1/engines")).json());
    const none = { before: null, trial: null, left: null, latestSeen: null };
    expect(await read()).toEqual({ inUse: "settings", ...none });
    const { engineChoices } = service.database;
    const runs = (failed: number) => new Map([["2026.11.20", { succeeded: 3, failed }]]);
    const used = { ...useEngine(firstChoice, "2026.10.26", 1), newest: "2026.11.20" };
    const tried = countRuns(useEngine(used, "2026.11.20", 0.25), runs(1));
    await engineChoices.write(0, tried);
    const known = { inUse: "2026.10.26", before: "settings", latestSeen: "2026.11.20" };
    expect(await read()).toEqual({
      ...known,
      trial: { version: "2026.11.20", share: 0.25, succeeded: 3, failed: 1 },
      left: null,
    });
    await engineChoices.write(1, countRuns(tried, runs(9)));
    const reason = "10 of 16 runs failed, usual are 10 %";
    expect(await read()).toEqual({ ...known, trial: null, left: { version: "2026.11.20", reason } });
  });

  test("takes no parameters", async () => {
    const { send } = createHarness();
    await expectProblem(await send("GET", "/api/v1/engines?version=1"), 422, "invalid_request");
  });
});
