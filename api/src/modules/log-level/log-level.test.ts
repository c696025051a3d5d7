import { describe, expect, test } from "bun:test";
import type { ControlSignal } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";

describe("PUT /log-level", () => {
  test("tells every process, and the audit log says by whom", async () => {
    const { send, service } = createHarness();
    const heard: ControlSignal[] = [];
    service.signals.listen((signal) => heard.push(signal));
    for (const level of ["debug", null]) {
      const response = await send("PUT", "/api/v1/log-level", { level });
      expect([response.status, await response.json()]).toEqual([202, { level }]);
    }
    expect(heard).toEqual([
      { type: "log-level", level: "debug" },
      { type: "log-level", level: null },
    ]);
    expect(await service.database.audit.list({ limit: 10 })).toMatchObject([
      { action: "log_level.changed", by: { via: "api", owner: "local" }, detail: { level: null } },
      { action: "log_level.changed", detail: { level: "debug" } },
    ]);
  });

  test("refuses a level that there is not", async () => {
    const { send } = createHarness();
    for (const body of [{ level: "loud" }, {}, { level: "debug", seconds: 5 }])
      await expectProblem(await send("PUT", "/api/v1/log-level", body), 422, "invalid_request");
  });
});
