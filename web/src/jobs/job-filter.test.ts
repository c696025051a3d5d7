import { expect, test } from "bun:test";
import type { DownloadJob } from "@vidferry/sdk";
import { matches, noFilter, queryOf } from "./job-filter.ts";

const job = {
  state: "failed",
  batchId: "bat_1",
  createdAt: "2026-11-20T12:00:00.000Z",
  labels: { project: "a=b" },
  request: { url: "https://youtu.be/a" },
  media: { title: "The Last Steamer" },
} as unknown as DownloadJob;

test.each([
  [{}, true],
  [{ group: "failed" }, true],
  [{ group: "done" }, false],
  [{ text: " steamer " }, true],
  [{ text: "youtu.be" }, true],
  [{ text: "ferry" }, false],
  [{ label: "project=a=b" }, true],
  [{ label: "project=a" }, false],
  [{ since: "2026-11-19" }, true],
  [{ since: "2026-11-22" }, false],
  [{ batchId: "bat_1" }, true],
  [{ batchId: "bat_2" }, false],
] as const)("a job is listed by %j: %p", (filter, isListed) => {
  expect(matches(job, { ...noFilter, ...filter })).toBe(isListed);
});

test("the service is asked for what the page lists", () => {
  expect(queryOf(noFilter)).toEqual({});
  const filter = { group: "done", text: " x ", label: "a=b=c", since: "2026-11-01", batchId: "bat_1" } as const;
  expect(queryOf(filter)).toEqual({
    state: ["succeeded"],
    q: "x",
    labels: { a: "b=c" },
    createdAfter: new Date(2026, 10, 1),
    batchId: "bat_1",
  });
});
