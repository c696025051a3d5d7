import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { storableJson, storableText, storedCopy } from "./storable.ts";

describe("storable text", () => {
  test("drops NUL and repairs halves of surrogate pairs, and leaves the rest alone", () => {
    expect(storableText("a\0b \uD800 \u{1F600} \\u0000")).toBe("ab \uFFFD \u{1F600} \\u0000");
  });

  test("is what JSON holds, in values and names at any depth", () => {
    const value = { "a\0": ["x\0", { deep: "\uDFFF" }, 1, null, true], text: "\\u0000 stays" };
    expect(storedCopy(value)).toEqual({ a: ["x", { deep: "\uFFFD" }, 1, null, true], text: "\\u0000 stays" } as never);
  });

  test("never leaves in JSON what PostgreSQL refuses, and changes nothing twice", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.string({ unit: "binary" }), (value, text) => {
        const json = storableJson({ value, text: `${text}\0` });
        const strings = JSON.stringify(JSON.parse(json), (_, entry) =>
          typeof entry === "string" ? `${entry.includes("\0") || !entry.isWellFormed()}` : entry,
        );
        expect(strings.includes(':"true"')).toBe(false);
        expect(storableJson(JSON.parse(json))).toBe(json);
      }),
      { numRuns: 200 },
    );
  });
});
