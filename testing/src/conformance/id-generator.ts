import type { IdGenerator } from "@vidferry/core";
import { type IdPrefix, isId } from "@vidferry/core";
import { eventually } from "../eventually.ts";
import type { TestKit } from "./test-kit.ts";

/** What the {@link IdGenerator} suite needs. */
export interface IdGeneratorSuite extends TestKit {
  readonly name: string;
  /** Makes a generator that shares nothing with others, as on another host. */
  create(): IdGenerator;
}

const prefixes: readonly IdPrefix[] = ["job", "art", "key", "req", "wrk"];

/** The time that stands in the first 48 bits of a UUIDv7, in milliseconds since 1970. */
const timeOf = (id: string): number => Number.parseInt(id.slice(id.indexOf("_") + 1).slice(0, 12), 16);

/** What every {@link IdGenerator} must do. */
export function idGeneratorConformance({ describe, test, expect, name, create }: IdGeneratorSuite): void {
  describe(`id generator: ${name}`, () => {
    test.each(prefixes)("an id of %s is its prefix and a UUIDv7 of the current time", (prefix) => {
      const before = Date.now();
      const id = create().next(prefix);
      expect(isId(prefix, id)).toBe(true);
      expect(id).toMatch(/^[a-z]+_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
      expect(timeOf(id)).toBeGreaterThanOrEqual(before);
      expect(timeOf(id)).toBeLessThanOrEqual(Date.now());
    });

    test("ids of one generator rise strictly, also within a millisecond", () => {
      const ids = create();
      const made = Array.from({ length: 5_000 }, () => ids.next("job"));
      expect(made).toEqual([...new Set(made)].sort());
    });

    test("two generators never make the same id", () => {
      const [one, other] = [create(), create()];
      const made = Array.from({ length: 2_000 }, () => [one.next("job"), other.next("job")]).flat();
      expect(new Set(made).size).toBe(made.length);
    });

    test("ids of different generators sort by the time they were made", async () => {
      const earlier = create().next("job");
      await eventually(() => Date.now() > timeOf(earlier));
      expect(create().next("job") > earlier).toBe(true);
    });
  });
}
