import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Circle, firstTurn, type Turn, takeTurns, type WaitingOwner } from "./turns.ts";

interface Owner {
  readonly ready: number;
  readonly running?: number;
  readonly weight?: number;
  readonly runningJobs?: number;
}

/** The circle of these owners as a store gives it, with at most `most` of them. */
function circleOf(owners: Readonly<Record<string, Owner>>, turn: Turn, most = 1_000): Circle {
  const waiting = Object.keys(owners)
    .filter((owner) => (owners[owner]?.ready ?? 0) > 0)
    .sort();
  const all = [...waiting.filter((owner) => owner >= turn.owner), ...waiting.filter((owner) => owner < turn.owner)];
  const entries = all.slice(0, most).map((owner): WaitingOwner => {
    const { ready = 0, running = 0, weight = 1, runningJobs = null } = owners[owner] ?? {};
    return { owner, ready, running, limits: { weight, runningJobs } };
  });
  return { owners: entries, isWhole: all.length <= most };
}

/** Who starts, one at a time as slots become free. */
function starts(owners: Readonly<Record<string, Owner>>, count: number, at = 1, most = 1_000): string[] {
  const left: Record<string, Owner> = { ...owners };
  const order: string[] = [];
  let turn = firstTurn;
  for (let misses = 0; order.length < count && misses < 200; ) {
    const outcome = takeTurns(turn, circleOf(left, turn, most), Math.min(at, count - order.length));
    turn = outcome.turn;
    for (const owner of outcome.owners) left[owner] = { ...left[owner], ready: (left[owner]?.ready ?? 0) - 1 };
    order.push(...outcome.owners);
    misses = outcome.owners.length === 0 ? misses + 1 : 0;
  }
  return order;
}

const many = { ready: 10_000 };

describe("turns", () => {
  test("go from owner to owner, however many jobs each has queued", () => {
    expect(starts({ ada: many, bob: { ready: 2 }, cem: many }, 8)).toEqual([..."abcabcac"].map(named));
  });

  test("are the same whether slots become free one by one or together", () => {
    const owners = { ada: many, bob: { ready: 5, weight: 2 }, cem: { ready: 7, weight: 3 } };
    for (const at of [2, 3, 7, 50]) expect(starts(owners, 50, at)).toEqual(starts(owners, 50));
  });

  test("give a new owner the next start", () => {
    const { turn } = takeTurns(firstTurn, circleOf({ ada: many }, firstTurn), 3);
    expect(takeTurns(turn, circleOf({ ada: many, bob: many }, turn), 1).owners).toEqual(["bob"]);
    expect(takeTurns(turn, circleOf({ ada: many, aaa: many }, turn), 1).owners).toEqual(["aaa"]);
  });

  test("give each owner its weight in jobs", () => {
    const order = starts({ ada: { ...many, weight: 3 }, bob: many, cem: { ...many, weight: 5 } }, 90);
    expect(["ada", "bob", "cem"].map((owner) => order.filter((one) => one === owner).length)).toEqual([30, 10, 50]);
  });

  test("pass over an owner whose limit is reached, and give it no more than the limit leaves", () => {
    const owners = {
      ada: { ...many, running: 2, runningJobs: 2 },
      bob: { ...many, running: 1, runningJobs: 3, weight: 5 },
    };
    const { owners: order } = takeTurns(firstTurn, circleOf(owners, firstTurn), 10);
    expect(order).toEqual(["bob", "bob"]);
    const stopped = { ada: { ...many, runningJobs: 0 } };
    expect(takeTurns(firstTurn, circleOf(stopped, firstTurn), 10).owners).toEqual([]);
  });

  test("go on behind the owners that were looked at when all of these are at their limit", () => {
    const full = { ...many, running: 1, runningJobs: 1 };
    const owners = { a1: full, a2: full, a3: full, a4: full, b: many };
    expect(starts(owners, 3, 1, 2)).toEqual(["b", "b", "b"]);
  });

  test("start everything that may run, whatever the weights and limits, and keep to the weights", () => {
    const weight = fc.integer({ min: 1, max: 5 });
    const owner = fc.record({ ready: fc.nat(30), weight });
    const all = fc.array(owner, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(all, fc.integer({ min: 1, max: 9 }), (list, at) => {
        const owners = Object.fromEntries(list.map((one, index) => [named(String.fromCharCode(97 + index)), one]));
        const total = list.reduce((sum, { ready }) => sum + ready, 0);
        const order = starts(owners, total, at);
        expect(order).toHaveLength(total);
        // While an owner has jobs left, nobody has more than its weight says, give or take one turn of each.
        for (const [name, { weight }] of Object.entries(owners)) {
          const upTo = order.slice(0, Math.max(0, order.lastIndexOf(name)));
          const own = upTo.filter((one) => one === name).length;
          for (const [other, { weight: theirs }] of Object.entries(owners)) {
            const count = upTo.filter((one) => one === other).length;
            expect(count).toBeLessThanOrEqual(((own + weight) * theirs) / weight + theirs);
          }
        }
      }),
    );
  });
});

function named(letter: string): string {
  return { a: "ada", b: "bob", c: "cem" }[letter] ?? letter;
}
