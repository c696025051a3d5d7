import type { DatabaseSuite } from "./database/fixture.ts";

const minute = 60_000;
const rules = { apartMs: 45 * minute, forgottenAfterMs: 48 * 60 * minute };

/** What every {@link import("@vidferry/core").Sightings} must do. */
export function sightingsConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("sightings of things without an owner", () => {
    test("count when they are far enough apart, whoever makes them", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const note = async (...names: string[]) => [...(await store.sightings.note("storage", names, rules))].toSorted();
      expect(await note("a", "b")).toEqual([]);
      await advance(40 * minute);
      expect(await note("a", "b", "c")).toEqual([]);
      await advance(10 * minute);
      expect(await note("a", "b", "c")).toEqual(["a", "b"]);
      await advance(40 * minute);
      expect(await note("c")).toEqual(["c"]);
    });

    test("begin anew with what was away in between, was not looked at for long, or was cleared", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const note = async (...names: string[]) => [...(await store.sightings.note("storage", names, rules))];
      await note("away", "there");
      await advance(20 * minute);
      await note("there");
      await advance(30 * minute);
      expect(await note("away", "there")).toEqual(["there"]);
      await advance(rules.forgottenAfterMs + minute);
      expect(await note("away", "there")).toEqual([]);
      await advance(50 * minute);
      await store.sightings.clear("storage");
      expect(await note("there")).toEqual([]);
    });

    test("are those of their place", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await store.sightings.note("storage", ["a"], rules);
      await store.sightings.note("folders of a host", ["b"], rules);
      await advance(50 * minute);
      expect([...(await store.sightings.note("folders of a host", ["a", "b"], rules))]).toEqual(["b"]);
      await store.sightings.clear("folders of a host");
      expect([...(await store.sightings.note("storage", ["a"], rules))]).toEqual(["a"]);
    });

    test("may be as many as a search finds, each of any text", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const names = [...Array.from({ length: 2_500 }, (_, index) => `file ${index}`), "with \0 and \ud800", "file 7"];
      expect((await store.sightings.note("storage", names, rules)).size).toBe(0);
      await advance(50 * minute);
      expect(await store.sightings.note("storage", names, rules)).toEqual(new Set(names));
    });
  });
}
