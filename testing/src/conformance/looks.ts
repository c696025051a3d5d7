import type { NewLook } from "@vidferry/core";
import type { DatabaseSuite } from "./database/fixture.ts";

const minute = 60_000;
const look = (more: Partial<NewLook> = {}): NewLook => ({
  ...{ key: "a-link-of-ada", shelf: "through-one", owner: "ada", egress: "one", sealed: "what was found" },
  keptForMs: 10 * minute,
  ...more,
});

/** What every {@link import("@vidferry/core").KeptLooks} must do. */
export function looksConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("what was found at links", () => {
    test("is found again through the same alone, and the latest of it", async () => {
      await using fixture = await create();
      const { looks } = fixture.store;
      await looks.put(look());
      await looks.put(look({ sealed: "what was found later" }));
      expect(await looks.get("a-link-of-ada", "through-one")).toBe("what was found later");
      expect(await looks.get("a-link-of-ada", "through-two")).toBeNull();
      expect(await looks.get("a-link-of-bob", "through-one")).toBeNull();
    });

    test("names the egresses through which it was found, the newest first and each once", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await store.looks.put(look());
      await advance(minute);
      await store.looks.put(look({ shelf: "through-two", egress: "two" }));
      await advance(minute);
      await store.looks.put(look({ shelf: "through-two, signed in", egress: "two" }));
      await store.looks.put(look({ key: "another-link", shelf: "through-three", egress: "three" }));
      expect(await store.looks.egressesOf("a-link-of-ada")).toEqual(["two", "one"]);
      expect(await store.looks.egressesOf("a-link-of-bob")).toEqual([]);
    });

    test("is found no more after its time, also where nobody has removed it", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await store.looks.put(look());
      await store.looks.put(look({ shelf: "through-two", egress: "two", keptForMs: 30 * minute }));
      await advance(20 * minute);
      expect(await store.looks.get("a-link-of-ada", "through-one")).toBeNull();
      expect(await store.looks.egressesOf("a-link-of-ada")).toEqual(["two"]);
      expect(await store.looks.removeOld(100, 10)).toBe(1);
      expect(await store.looks.removeOld(100, 10)).toBe(0);
      expect(await store.looks.get("a-link-of-ada", "through-two")).toBe("what was found");
    });

    test("is bounded in number, and the oldest go first", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      for (const shelf of ["1", "2", "3", "4", "5"]) {
        await store.looks.put(look({ shelf }));
        await advance(1_000);
      }
      expect(await store.looks.removeOld(2, 2)).toBe(2);
      expect(await store.looks.get("a-link-of-ada", "2")).toBeNull();
      expect(await store.looks.get("a-link-of-ada", "3")).toBe("what was found");
      expect(await store.looks.removeOld(2, 2)).toBe(1);
      expect(await store.looks.removeOld(2, 2)).toBe(0);
      expect(await store.looks.get("a-link-of-ada", "4")).toBe("what was found");
    });

    test("goes with its owner", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.looks.put(look());
      await store.looks.put(look({ key: "a-link-of-bob", owner: "bob" }));
      while ((await store.accounts.erase("ada", 10)) > 0);
      expect(await store.looks.get("a-link-of-ada", "through-one")).toBeNull();
      expect(await store.looks.get("a-link-of-bob", "through-one")).toBe("what was found");
    });
  });
}
