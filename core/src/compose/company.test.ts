import { describe, expect, test } from "bun:test";
import { createCompany } from "./company.ts";

const never = new AbortController().signal;

describe("the company of attempts", () => {
  test("one that must run alone waits for those before it, and keeps those after it waiting", async () => {
    const company = createCompany();
    const order: string[] = [];
    const leaves = await Promise.all([company.enter(false, never), company.enter(false, never)]);
    const alone = company.enter(true, never).then((leave) => {
      order.push("alone");
      return leave;
    });
    const after = company.enter(false, never).then((leave) => {
      order.push("after");
      return leave;
    });
    for (const leave of leaves) {
      await Bun.sleep(1);
      expect(order).toEqual([]);
      leave();
    }
    (await alone)();
    (await after)();
    expect(order).toEqual(["alone", "after"]);
  });

  test("one that gives up waiting keeps nobody from it", async () => {
    const company = createCompany();
    const leave = await company.enter(false, never);
    const impatient = new AbortController();
    const alone = company.enter(true, impatient.signal);
    const after = company.enter(false, never);
    impatient.abort(new Error("no more"));
    expect(await alone.catch((error: Error) => error.message)).toBe("no more");
    (await after)();
    leave();
    (await company.enter(true, never))();
  });
});
