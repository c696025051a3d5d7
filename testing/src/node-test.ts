import { after, before, describe, test } from "node:test";
import { format } from "node:util";
import type { ExpectFunction, SharingTestKit, TestFunction } from "./conformance/test-kit.ts";

/**
 * Node's own runner in the form that the conformance suites take. Its assertions know nothing of partial objects and of what a
 * promise rejects with, so `expect` comes from elsewhere: from the package of that name, for example.
 */
export function nodeTestKit(expect: ExpectFunction): SharingTestKit {
  const declare = (title: string, body: () => unknown, timeoutMs?: number): void => {
    void test(title, timeoutMs === undefined ? {} : { timeout: timeoutMs }, async () => {
      await body();
    });
  };
  const each: TestFunction["each"] = (rows) => (title, body, timeoutMs) => {
    for (const row of rows) declare(titleFor(title, row), () => body(row), timeoutMs);
  };
  return {
    describe: (title, body) => void describe(title, body),
    test: Object.assign(declare, { each }),
    expect,
    beforeAll: (body, timeoutMs) =>
      before(async () => await body(), timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    afterAll: (body, timeoutMs) =>
      after(async () => await body(), timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  };
}

/** The title of a row: its values stand for `%s`, `%j` and the like, as in other runners. */
function titleFor(title: string, row: unknown): string {
  const values = Array.isArray(row) ? row : [row];
  const places = title.match(/%[sdifjoOc]/g)?.length ?? 0;
  return format(title, ...values.slice(0, places));
}
