import { describe, expect, test } from "bun:test";
import { defaultMaintenanceOptions, releaseLostWorkers } from "@vidferry/core";
import { createHeldClock, createServiceFixture } from "@vidferry/testing";
import { createSoloTurns } from "./solo-turns.ts";

/** A worker's turns over a store that holds jobs which must run alone, on a clock that is held. */
async function setUp(suspects = 1) {
  const clock = createHeldClock();
  const fixture = await createServiceFixture({}, { clock });
  const ids: string[] = [];
  for (let count = 0; count < suspects; count++) {
    ids.push((await fixture.claim(await fixture.submit(), "gone")).id);
    await fixture.deps.database.leases.expire(["gone"]);
    await releaseLostWorkers(fixture.deps, defaultMaintenanceOptions);
  }
  clock.advance(1_000);
  const worker = () => createSoloTurns({ dispatch: fixture.deps.database.dispatch, clock });
  return { clock, ids, worker, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

describe("turns for jobs that must run alone", () => {
  test("a free worker has one at once; a busy one leaves it to free ones for a while", async () => {
    await using scene = await setUp();
    const turns = scene.worker();
    expect(await turns.next(2)).toEqual({ kind: "others" });
    scene.clock.advance(1_000);
    expect(await turns.next(0)).toMatchObject({ kind: "run", id: scene.ids[0] });
  });

  test("one busy worker of all makes way for one that no free worker took", async () => {
    await using scene = await setUp();
    const [one, other] = [scene.worker(), scene.worker()];
    scene.clock.advance(11_000);
    expect(await one.next(3)).toEqual({ kind: "hold", ms: 10_000 });
    expect(await other.next(3)).toEqual({ kind: "others" });
    scene.clock.advance(4_000);
    expect(await one.next(1)).toEqual({ kind: "hold", ms: 6_000 });
    expect(await one.next(0)).toMatchObject({ kind: "run" });
  });

  test("a hold behind a long job ends, and the next one is longer, after a rest", async () => {
    await using scene = await setUp();
    const turns = scene.worker();
    scene.clock.advance(11_000);
    const holds: number[] = [];
    let held = 0;
    for (let seconds = 0; seconds < 600; seconds++) {
      const turn = await turns.next(1);
      if (turn.kind === "hold") {
        held += 1;
        if (!holds.some((ms) => ms >= turn.ms)) holds.push(turn.ms);
      }
      scene.clock.advance(1_000);
    }
    expect(holds).toEqual([10_000, 20_000, 40_000, 80_000, 160_000]);
    // Other jobs had at least half of the time.
    expect(held).toBeLessThanOrEqual(300);
  });

  test("others have their turn after one, unless there are none", async () => {
    await using scene = await setUp(2);
    const turns = scene.worker();
    expect(await turns.next(0)).toMatchObject({ kind: "run" });
    turns.ended();
    scene.clock.advance(1_000);
    expect(await turns.next(0)).toEqual({ kind: "others" });
    turns.othersAreDone();
    expect(await turns.next(0)).toMatchObject({ kind: "run" });
  });
});
