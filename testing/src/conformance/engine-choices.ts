import { changeChoice, firstChoice, rollBackEngine, useEngine } from "@vidferry/core";
import type { DatabaseSuite } from "./database/fixture.ts";

/** What every `EngineChoices` must do. */
export function engineChoicesConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("the choice of the engine", () => {
    test("is that of the settings until somebody chooses, and then as it was written", async () => {
      await using fixture = await create();
      const { engineChoices } = fixture.store;
      expect(await engineChoices.read()).toEqual({ revision: 0, choice: firstChoice });
      const tried = useEngine(firstChoice, "2026.11.20", 0.1);
      expect(await engineChoices.write(0, tried)).toBe(true);
      expect(await engineChoices.read()).toEqual({ revision: 1, choice: tried });
      const used = useEngine(tried, "2026.11.20", 1);
      expect(await engineChoices.write(1, used)).toBe(true);
      expect(await engineChoices.read()).toEqual({ revision: 2, choice: used });
      expect(rollBackEngine(used)).toMatchObject({ current: null });
    });

    test("made from an older one is not written", async () => {
      await using fixture = await create();
      const { engineChoices } = fixture.store;
      const one = useEngine(firstChoice, "2026.11.20", 1);
      const other = useEngine(firstChoice, "2026.11.21", 1);
      expect(await engineChoices.write(0, one)).toBe(true);
      expect(await engineChoices.write(0, other)).toBe(false);
      expect(await engineChoices.write(2, other)).toBe(false);
      expect((await engineChoices.read()).choice).toEqual(one);
    });

    test("loses no change of many at once", async () => {
      await using fixture = await create();
      const { engineChoices, audit } = fixture.store;
      const by = { via: "cli", owner: null, keyId: null, requestId: null } as const;
      const versions = Array.from({ length: 8 }, (_, index) => `2026.11.${index + 1}`);
      const seen: (string | null | undefined)[] = [];
      await Promise.all(
        versions.map(async (version) => {
          const after = await changeChoice(fixture.store, by, (choice) => useEngine(choice, version, 1));
          seen.push(after.previous);
        }),
      );
      const { revision, choice } = await engineChoices.read();
      expect(revision).toBe(versions.length);
      // Each was made from the one before: every version but the last has been left once.
      expect([...seen, choice.current].sort()).toEqual([null, ...versions].sort());
      const told = await audit.list({ action: "engine.used", limit: 20 });
      expect(told.map(({ subject }) => subject).sort()).toEqual([...versions].sort());
    });
  });
}
