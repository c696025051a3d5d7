import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { fieldErrors } from "./field-errors.ts";

const Body = z.strictObject({ output: z.strictObject({ quality: z.enum(["best"]) }).optional() });
const errorsOf = (body: unknown) => fieldErrors(Body.safeParse(body).error?.issues ?? []);

describe("the fields that a schema refused", () => {
  test("are named by their path, unknown ones one by one", () => {
    expect(errorsOf({ output: { quality: "worst" } })).toMatchObject([{ path: "/output/quality" }]);
    expect(errorsOf({ output: { quality: "best", one: 1, two: 2 } })).toEqual([
      { path: "/output/one", message: "is not a known field" },
      { path: "/output/two", message: "is not a known field" },
    ]);
    expect(errorsOf({ cookies: "a=b" })).toMatchObject([{ message: expect.stringContaining("COOKIES_FILE") }]);
  });

  test("are named by JSON pointers, whatever is in their names", () => {
    expect(errorsOf({ "a/b~c": 1 })).toMatchObject([{ path: "/a~1b~0c" }]);
    expect(errorsOf([])).toMatchObject([{ path: "" }]);
  });

  test("make no long list and no long path, however much is sent", () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${"x".repeat(1000)}${index}`, 1]));
    const fields = errorsOf(many);
    expect(fields).toHaveLength(50);
    for (const { path } of fields) expect(path.length).toBe(200);
  });
});
