import { expect, test } from "bun:test";
import type { JobResource } from "@vidferry/core";
import { createLines } from "./progress-bars.ts";

const job = (fields: Partial<JobResource>): JobResource =>
  ({
    state: "queued",
    stage: null,
    media: null,
    request: { url: "the link" },
    waitingFor: null,
    ...fields,
  }) as JobResource;

test("a pause between two tries is told with its end and its reason, once", () => {
  const lines: string[] = [];
  const display = createLines((line) => lines.push(line));
  const until = new Date(2026, 0, 2, 3, 4, 5).toISOString();
  const pause = job({ waitingFor: { reason: "egress", until, detail: "Sign in to confirm you're not a bot." } });
  for (const shown of [job({ state: "running", stage: "resolving" }), pause, pause]) display.show("key", shown);
  expect(lines).toEqual([
    "the link: resolving",
    "the link: waiting until 03:04:05: Sign in to confirm you're not a bot.",
  ]);
});
