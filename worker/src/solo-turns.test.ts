import { describe, expect, test } from "bun:test";
import { defaultMaintenanceOptions, type JobId, noProgress, releaseLostWorkers } from "@vidferry/core";
import { createHeldClock, createServiceFixture } from "@vidferry/testing";
import fc from "fast-check";
import { createSoloTurns } from "./solo-turns.ts";

const nothingMade = {
  ...{ artifacts: [], progress: noProgress, media: null, warnings: [], engine: null },
  retentionMs: null,
};

/** A worker's turns over a store that holds jobs which must run alone, on a clock that is held. */
async function setUp(suspects = 1) {
  const clock = createHeldClock();
  const fixture = await createServiceFixture({}, { clock });
  const { database } = fixture.deps;
  const suspect = async (): Promise<JobId> => {
    const { id } = await fixture.claim(await fixture.submit(), "gone");
    await database.leases.expire(["gone"]);
    await releaseLostWorkers(fixture.deps, defaultMaintenanceOptions);
    return id;
  };
  const ids: JobId[] = [];
  for (let count = 0; count < suspects; count++) ids.push(await suspect());
  clock.advance(1_000);
  const worker = () => createSoloTurns({ dispatch: database.dispatch, clock, areQueued: async () => true });
  const claim = { worker: "pool", host: "host-1", leaseMs: 3_600_000, alone: true };
  const run = async (id: JobId, ms: number): Promise<void> => {
    const [claimed] = await database.attempts.claim([id], claim);
    clock.advance(ms);
    if (claimed) await database.attempts.succeed({ jobId: id, attempt: claimed.attempt }, nothingMade);
  };
  /**
   * Workers with three slots, an endless flood of jobs that last as long as `flood` says, and jobs that must run alone. Tells how
   * long each of these waited, and how many seconds the workers spent on them (making way included) and on the flood.
   */
  const simulate = async (
    arriving: readonly { readonly at: number; readonly lasts: number }[],
    flood: readonly number[],
    count: number,
  ) => {
    const fleet = Array.from({ length: count }, () => ({
      turns: worker(),
      slots: [] as number[],
      solo: null as { readonly id: JobId; readonly attempt: number; left: number } | null,
    }));
    const since = new Map<JobId, { readonly at: number; readonly lasts: number }>();
    const waits: number[] = [];
    let [soloSeconds, otherSeconds, next] = [0, 0, 0];
    for (let second = 0; second < 1_200 && waits.length < arriving.length; second++) {
      for (const one of arriving) if (one.at === second) since.set(await suspect(), { at: second, lasts: one.lasts });
      for (const member of fleet) {
        member.slots = member.slots.map((left) => left - 1).filter((left) => left > 0);
        if (member.solo !== null) {
          member.solo.left -= 1;
          soloSeconds += 1;
          if (member.solo.left > 0) continue;
          await database.attempts.succeed({ jobId: member.solo.id, attempt: member.solo.attempt }, nothingMade);
          member.solo = null;
          member.turns.ended();
        }
        const turn = await member.turns.next(member.slots.length);
        if (turn.kind === "hold") soloSeconds += 1;
        else if (turn.kind === "run") {
          const [claimed] = await database.attempts.claim([turn.id], claim);
          const known = since.get(turn.id);
          if (claimed === undefined || known === undefined) continue;
          waits.push(second - known.at);
          member.solo = { id: turn.id, attempt: claimed.attempt, left: known.lasts };
        } else {
          otherSeconds += 1;
          while (member.slots.length < 3) member.slots.push(flood[next++ % flood.length] ?? 1);
        }
      }
      clock.advance(1_000);
    }
    return { waits, soloSeconds, otherSeconds };
  };
  return { clock, ids, worker, run, simulate, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
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
    scene.clock.advance(6_000);
    expect(await one.next(3)).toEqual({ kind: "hold", ms: 5_000 });
    expect(await other.next(3)).toEqual({ kind: "others" });
    scene.clock.advance(4_000);
    expect(await one.next(1)).toEqual({ kind: "hold", ms: 1_000 });
    expect(await one.next(0)).toMatchObject({ kind: "run" });
  });

  test("a hold behind a long job ends, and the next one is longer, after a rest", async () => {
    await using scene = await setUp();
    const turns = scene.worker();
    scene.clock.advance(11_000);
    const holds: number[] = [];
    let held = 0;
    for (let seconds = 0; seconds < 630; seconds++) {
      const turn = await turns.next(1);
      if (turn.kind === "hold") {
        held += 1;
        if (!holds.some((ms) => ms >= turn.ms)) holds.push(turn.ms);
      }
      scene.clock.advance(1_000);
    }
    expect(holds).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000]);
    // Other jobs had at least half of the time.
    expect(held).toBeLessThanOrEqual(315);
  });

  test("short ones follow each other, then others have as much time, unless there are none", async () => {
    await using scene = await setUp(4);
    const turns = scene.worker();
    for (let count = 0; count < 3; count++) {
      const turn = await turns.next(0);
      if (turn.kind !== "run") throw new Error(`${count} were run`);
      await scene.run(turn.id, 4_000);
      turns.ended();
    }
    expect(await turns.next(0)).toEqual({ kind: "others" });
    scene.clock.advance(11_000);
    expect(await turns.next(0)).toEqual({ kind: "others" });
    turns.othersAreDone();
    expect(await turns.next(0)).toMatchObject({ kind: "run" });
  });

  test("neither they nor others starve, whatever they last and however many of both wait", async () => {
    const seconds = fc.integer({ min: 1, max: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(60), lasts: seconds }), { minLength: 1, maxLength: 12 }),
        fc.array(seconds, { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        async (suspects, flood, workers) => {
          await using scene = await setUp(0);
          const { waits, soloSeconds, otherSeconds } = await scene.simulate(suspects, flood, workers);
          expect(waits).toHaveLength(suspects.length);
          // Each costs its worker a head start, what still runs and its own time, and others as much again.
          for (const wait of waits) expect(wait).toBeLessThanOrEqual(20 + (suspects.length / workers) * 40);
          expect(otherSeconds).toBeGreaterThanOrEqual(soloSeconds / 2);
        },
      ),
      { numRuns: 100 },
    );
  });
});
