import { describe, expect, test } from "bun:test";
import { AppError } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { expectBoundedJson } from "./json-bounds.ts";

const bounds = { depth: 4, names: 6 };
/** The place and the reason why it is refused; null: it is not. */
function refusal(text: string): string | null {
  try {
    expectBoundedJson(text, bounds);
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `${error.fields[0]?.path} ${error.fields[0]?.message}`;
  }
}

describe("a body of JSON", () => {
  test.each([
    ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', null],
    ['{"a":"\\"a\\":1, {[","b":"}"}', null],
    ['[[[["deep"]]]]', null],
    ['"a"', null],
    ["", null],
    ['{"constructor":1,"prototype":2}', null],
    // What is no JSON is left to the parser.
    ['{"a', null],
    ['{"\\x":1}', null],
    ["]]]]}}}}", null],
    [",", null],
    ['[[[[["deeper"]]]]]', "/0/0/0/0 is nested more than 4 levels deep"],
    ['{"a":[0,{"b":{"c/~":{}}}]}', "/a/1/b/c~1~0 is nested more than 4 levels deep"],
    ['{"a":1,"a":2}', "/a stands there twice"],
    ['{"x":[1,{"a":1,"b":1,"\\u0061":2}]}', "/x/1/a stands there twice"],
    ['{"":1,"":2}', "/ stands there twice"],
    ['{"labels":{"__proto__":{}}}', "/labels/__proto__ is no name that can be used"],
    ['{"\\u005f_proto__":{}}', "/__proto__ is no name that can be used"],
    ['{"a":1,"b":1,"c":1,"d":{"e":1,"f":1,"g":1}}', "/d has more than 6 names with what is in it"],
    ['{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}', " has more than 6 names with what is in it"],
  ])("%s: %j", (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  test("is looked at in one pass, however deep or wide it is", () => {
    expect(refusal("[".repeat(1_000_000))).toContain("levels deep");
    expect(refusal(`{${'"\\u0061":1,'.repeat(100_000)}}`)).toContain("twice");
    expect(refusal(`"${"\\".repeat(1_000_000)}`)).toBeNull();
  });
});

test.each([
  ['{"url":"https://youtu.be/dQw4w9WgXcQ","url":"https://youtu.be/other"}', "/url"],
  ['{"url":"https://youtu.be/dQw4w9WgXcQ","labels":{"__proto__":"x"}}', "/labels/__proto__"],
  [`{"url":${"[".repeat(30_000)}${"]".repeat(30_000)}}`, `/url${"/0".repeat(23)}`],
])("a request out of bounds is refused by its place", async (body, path) => {
  const { app, service } = createHarness();
  const headers = { "content-type": "application/json; charset=utf-8" };
  const response = await app.request("/api/v1/downloads", { method: "POST", headers, body });
  const problem = await expectProblem(response, 422, "invalid_request");
  expect(problem.errors?.map((field) => field.path)).toEqual([path]);
  expect(service.submitted).toEqual([]);
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});

test("labels may be called like what objects have in JavaScript", async () => {
  const { send } = createHarness();
  const labels = { constructor: "x", toString: "y", prototype: "z" };
  const response = await send("POST", "/api/v1/downloads", { url: "https://youtu.be/dQw4w9WgXcQ", labels });
  expect(response.status).toBe(202);
  expect(((await response.json()) as { labels: unknown }).labels).toEqual(labels);
});
