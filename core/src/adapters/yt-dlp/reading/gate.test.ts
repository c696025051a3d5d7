import { expect, test } from "bun:test";
import { createGate } from "./gate.ts";

test("a gate lets in the next one when somebody leaves, and forgets who has gone away", async () => {
  const gate = createGate(1);
  const inside: string[] = [];
  const enter = async (who: string, signal?: AbortSignal) => {
    const leave = await gate.enter(signal);
    inside.push(who);
    return leave;
  };
  const leave = await enter("first");
  const impatient = new AbortController();
  const second = enter("second", impatient.signal).catch((error: unknown) => error);
  const third = enter("third");
  impatient.abort("too long");
  expect(await second).toBe("too long");
  expect(inside).toEqual(["first"]);
  leave();
  (await third)();
  (await enter("fourth"))();
  expect(inside).toEqual(["first", "third", "fourth"]);
  expect(await gate.enter(AbortSignal.abort("never")).catch((error: unknown) => error)).toBe("never");
});
