import { isId } from "@vidferry/core";
import type { DatabaseSuite } from "./fixture.ts";

/** The identity of a database. */
export function deploymentConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("the deployment", () => {
    test("has an id and a time, which are the same whoever asks and whenever", async () => {
      await using fixture = await create();
      const first = await fixture.store.deployment();
      expect(isId("dep", first.id)).toBe(true);
      expect(first.createdAt).toBeInstanceOf(Date);
      await fixture.advance(60_000);
      expect(await Promise.all([fixture.store.deployment(), fixture.store.deployment()])).toEqual([first, first]);
    });
  });
}
