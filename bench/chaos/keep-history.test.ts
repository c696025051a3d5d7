import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { keepHistory } from "./keep-history.ts";
import { finding } from "./verdict.ts";

test("a run in which a check failed is kept: what failed, then writes and faults in the order of time", async () => {
  await using dir = await tempDir();
  const row = {
    job: "job_1",
    state: "running",
    stage: null,
    attempt: 1,
    worker: "w",
    leaseUntil: null,
    lostWorkers: 0,
  };
  const path = await keepHistory(join(dir.path, "kept"), {
    seed: 7,
    findings: [finding("good", [], ""), finding("bad", ["job_1"], "")],
    strikes: [{ from: 2_000, to: 4_000, describe: "SIGKILL worker a1" }],
    rows: [
      { ...row, at: new Date(1_000) },
      { ...row, at: new Date(3_000), state: "queued", worker: null },
    ],
  });
  const lines = (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { failed: "bad", evidence: ["job_1"] },
    { at: "1970-01-01T00:00:01.000Z", job: "job_1", state: "running", worker: "w" },
    { at: "1970-01-01T00:00:02.000Z", fault: "SIGKILL worker a1" },
    { at: "1970-01-01T00:00:03.000Z", state: "queued" },
    { at: "1970-01-01T00:00:04.000Z", faultIsOver: "SIGKILL worker a1" },
  ]);
  expect(path).toContain("chaos-7-");
});
