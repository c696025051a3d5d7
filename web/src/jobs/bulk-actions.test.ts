import { expect, test } from "bun:test";
import type { DownloadJob, JobState } from "@vidferry/sdk";
import { fitFor, narrowed } from "./bulk-actions.ts";

const states: readonly JobState[] = ["scheduled", "queued", "paused", "running", "succeeded", "failed", "canceled"];
const jobs = states.map((state) => ({ state }) as DownloadJob);

test.each([
  ["retry", ["failed", "canceled"]],
  ["pause", ["scheduled", "queued", "running"]],
  ["resume", ["paused"]],
  ["cancel", ["scheduled", "queued", "paused", "running"]],
  ["delete", states],
] as const)("%s is for jobs that are %j", (action, expected) => {
  expect(fitFor(action, jobs).map(({ state }) => state)).toEqual([...expected]);
});

test("a filter is narrowed to the states that the action is for", () => {
  expect(narrowed("resume", { q: "x" })).toEqual({ q: "x", state: ["paused"] });
  expect(narrowed("retry", { state: ["failed", "succeeded"] })).toEqual({ state: ["failed"] });
  expect(narrowed("retry", { state: "succeeded" })).toBeNull();
  expect(narrowed("delete", { state: "succeeded" })).toEqual({ state: "succeeded" });
});
