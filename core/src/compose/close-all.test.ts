import { expect, test } from "bun:test";
import { closeAll } from "./close-all.ts";

test("every part is closed, in order, also after one that fails, and the failure is told", async () => {
  const closed: string[] = [];
  const failing = (name: string) => async () => {
    closed.push(name);
    throw new Error(name);
  };
  await closeAll([() => closed.push("a"), async () => closed.push("b")]);
  await expect(closeAll([failing("c"), () => closed.push("d")])).rejects.toThrow("c");
  await expect(closeAll([failing("e"), failing("f"), () => closed.push("g")])).rejects.toMatchObject({
    errors: [new Error("e"), new Error("f")],
  });
  expect(closed.join("")).toBe("abcdefg");
});
