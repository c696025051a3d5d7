import { expect, test } from "bun:test";
import { absenceOf } from "@vidferry/testing";
import { judgeSkips } from "./skips.ts";

test("a skip is excused by a service that is missing, or by a title that says what is absent", () => {
  const oasdiff = `nothing that clients rely on has changed${absenceOf("oasdiff, which Go builds", false)}`;
  const titles = ["a queue on Redis > is fair", "a pool on postgres", "is forgotten", oasdiff];
  expect(judgeSkips(titles, ["redis"])).toEqual({
    excused: ["a queue on Redis > is fair", oasdiff],
    unexcused: ["a pool on postgres", "is forgotten"],
  });
});

test("a title says nothing of a program that was found", () => {
  expect(absenceOf("Chromium", "/usr/bin/chromium")).toBe("");
  expect(absenceOf("Chromium", undefined)).toBe(" (absent: Chromium)");
});
