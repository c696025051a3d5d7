import { expect, test } from "bun:test";
import { cronOf, rhythms } from "./rhythm.ts";

test("each rhythm has its cron expression", () => {
  const times = { at: "07:30", day: 5, own: " */10 * * * * " };
  expect(rhythms.map((rhythm) => cronOf(rhythm, times))).toEqual([
    "30 * * * *",
    "30 7 * * *",
    "30 7 * * 5",
    "*/10 * * * *",
  ]);
});
