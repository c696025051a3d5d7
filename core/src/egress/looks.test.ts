import { describe, expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import { memoryStore } from "../adapters/memory/index.ts";
import { createSilentLogger } from "../adapters/system/index.ts";
import type { Database } from "../database/database.ts";
import { AppError } from "../errors/app-error.ts";
import { createSecretBox } from "../secrets/secret-box.ts";
import type { LookOrigin, LookShelves } from "./looks.ts";
import { memoryLooks } from "./memory-looks.ts";
import { storedLooks } from "./stored-looks.ts";

const minute = 60_000;
const link = "https://www.youtube.com/watch?v=sample00001";
const origin: LookOrigin = { owner: "ada", egress: "one", address: "home", signedIn: false };

function stored(database: Pick<Database, "looks">, clock = createHeldClock(), keys = ["a key"]): LookShelves {
  const box = createSecretBox(() => Promise.resolve(keys));
  return storedLooks({ database, clock, box, logger: createSilentLogger() }, 10 * minute);
}

const kinds = {
  "in the process": (clock: ReturnType<typeof createHeldClock>) => memoryLooks(clock, 10 * minute),
  "in the database": (clock: ReturnType<typeof createHeldClock>) => stored(memoryStore({ clock }), clock),
};

for (const [where, open] of Object.entries(kinds)) {
  describe(`what was found at links, ${where}`, () => {
    test("is there for minutes, and then is not", async () => {
      const clock = createHeldClock();
      const shelf = open(clock).shelf(origin);
      await shelf.keep(link, "what was found", null);
      clock.advance(9 * minute);
      expect((await shelf.find(link))?.text).toBe("what was found");
      clock.advance(minute);
      expect(await shelf.find(link)).toBeNull();
    });

    test("is there for nobody else, and through nothing else", async () => {
      const shelves = open(createHeldClock());
      await shelves.shelf(origin).keep(link, "what was found", null);
      for (const other of [{ owner: "bob" }, { egress: "two" }, { address: "away" }, { signedIn: true }])
        expect(await shelves.shelf({ ...origin, ...other }).find(link)).toBeNull();
      expect(await shelves.shelf(origin).find(`${link}2`)).toBeNull();
    });

    test("says through which egresses it was found, to its owner", async () => {
      const clock = createHeldClock();
      const shelves = open(clock);
      await shelves.shelf(origin).keep(link, "what was found", null);
      clock.advance(minute);
      await shelves.shelf({ ...origin, egress: "two" }).keep(link, "what was found", null);
      expect(await shelves.egressesOf("ada", link)).toEqual(["two", "one"]);
      expect(await shelves.egressesOf("bob", link)).toEqual([]);
      clock.advance(9 * minute);
      expect(await shelves.egressesOf("ada", link)).toEqual(["two"]);
    });

    test("is kept no longer than its links can be fetched, and somebody still has to fetch them", async () => {
      const clock = createHeldClock();
      const shelf = open(clock).shelf(origin);
      const inMinutes = (count: number) => new Date(clock.now().getTime() + count * minute);
      await shelf.keep(link, "ends now", inMinutes(5));
      expect(await shelf.find(link)).toBeNull();
      await shelf.keep(link, "ends soon", inMinutes(8));
      clock.advance(2 * minute);
      expect((await shelf.find(link))?.text).toBe("ends soon");
      clock.advance(minute);
      expect(await shelf.find(link)).toBeNull();
    });

    test("is the latest, under a name of its own", async () => {
      const shelf = open(createHeldClock()).shelf(origin);
      await shelf.keep(link, "first", null);
      const first = await shelf.find(link);
      await shelf.keep(link, "second", null);
      const second = await shelf.find(link);
      expect([first?.text, second?.text, first?.id === second?.id]).toEqual(["first", "second", false]);
    });

    test("may be as long as what a site says of a video, and not longer than a store can bear", async () => {
      const shelf = open(createHeldClock()).shelf(origin);
      const long = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => `https://media.example/part-${index}`));
      await shelf.keep(link, long, null);
      expect((await shelf.find(link))?.text === long).toBe(true);
      await shelf.keep(link, "x".repeat(17 * 1024 ** 2), null);
      expect((await shelf.find(link))?.text.length ?? 0).toBeLessThan(17 * 1024 ** 2);
    });
  });
}

describe("what was found at links", () => {
  test("is bounded in the process: the oldest goes", async () => {
    const shelf = memoryLooks(createHeldClock(), minute).shelf(origin);
    const megabytes = "x".repeat(6 * 1024 ** 2);
    for (const name of ["1", "2", "3"]) await shelf.keep(name, megabytes, null);
    expect(await shelf.find("1")).toBeNull();
    expect(await shelf.find("3")).not.toBeNull();
  });

  test("says nothing to who reads the database, and nothing to another link or key", async () => {
    const database = memoryStore({ clock: createHeldClock() });
    const written: string[] = [];
    const { put } = database.looks;
    const looks = {
      ...database.looks,
      put: (look: Parameters<typeof put>[0]) => {
        written.push(JSON.stringify(look));
        return put({ ...look, key: "moved" });
      },
      get: (_: string, shelf: string) => database.looks.get("moved", shelf),
    };
    await stored({ looks }).shelf(origin).keep(link, "signed-link-of-ada", null);
    expect(written.join()).not.toMatch(/signed-link-of-ada|sample00001/);
    expect((await stored({ looks }).shelf(origin).find(link))?.text).toBe("signed-link-of-ada");
    expect(await stored({ looks }).shelf(origin).find(`${link}2`)).toBeNull();
    expect(await stored({ looks }, createHeldClock(), ["another key"]).shelf(origin).find(link)).toBeNull();
  });

  test("is looked at anew while the database cannot be reached", async () => {
    const gone = () => Promise.reject(new AppError("unavailable"));
    const looks = { put: gone, get: gone, egressesOf: gone, removeOld: gone };
    const shelves = stored({ looks });
    const shelf = shelves.shelf(origin);
    await shelf.keep(link, "what was found", null);
    expect(await shelf.find(link)).toBeNull();
    expect(await shelves.egressesOf("ada", link)).toEqual([]);
  });
});
