import { describe, expect, test } from "bun:test";
import type { WorkerBeat } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { WorkerList, WorkerResource } from "./schemas.ts";

const beat: WorkerBeat = {
  id: `wrk_${"1".repeat(32)}`,
  name: "space/1/2/wrk",
  ...{ host: "host-1", pid: 1, version: "1.2.3", concurrency: 2, freeBytes: null },
  engine: { ytDlp: "2026.10.26", ffmpeg: "7.1" },
  ...{ standalone: true, draining: false },
};

describe("workers", () => {
  test("are listed with what they say of themselves, and without their internal name", async () => {
    const { send, service } = createHarness();
    await service.database.workers.beat(beat);
    const response = await send("GET", "/api/v1/workers");
    const { name: _, draining: __, ...said } = beat;
    const body = await response.json();
    expect(WorkerList.parse(body).data).toMatchObject([{ ...said, state: "active", running: [] }]);
    expect(JSON.stringify(body)).not.toContain(beat.name);
    const draining = await send("GET", "/api/v1/workers?state=draining");
    expect(WorkerList.parse(await draining.json()).data).toEqual([]);
    await expectProblem(await send("GET", "/api/v1/workers?state=busy"), 422, "invalid_request");
  });

  test("are asked to drain once for each idempotency key, and the audit log says by whom", async () => {
    const { send, service } = createHarness();
    await service.database.workers.beat(beat);
    const headers = { "Idempotency-Key": "drain-1" };
    for (let time = 0; time < 2; time += 1) {
      const response = await send("POST", `/api/v1/workers/${beat.id}/drain`, undefined, headers);
      expect(response.status).toBe(202);
      expect(WorkerResource.parse(await response.json()).drainRequestedAt).not.toBeNull();
    }
    expect(await service.database.workers.beat(beat)).toEqual({ drain: true });
    expect(await service.database.audit.list({ limit: 10 })).toMatchObject([
      { action: "worker.drained", subject: beat.id, by: { via: "api", owner: "local" } },
    ]);
  });

  test("that are unknown, or share their process with the API, are not drained", async () => {
    const { send, service } = createHarness();
    await service.database.workers.beat({ ...beat, standalone: false });
    const drain = (id: string) => send("POST", `/api/v1/workers/${id}/drain`);
    await expectProblem(await drain("wrk_x"), 404, "not_found");
    await expectProblem(await drain(`wrk_${"2".repeat(32)}`), 404, "not_found");
    const problem = await expectProblem(await drain(beat.id), 409, "invalid_state");
    expect(problem.hint).toContain("SIGTERM");
    expect(await service.database.audit.list({ limit: 10 })).toEqual([]);
  });
});
