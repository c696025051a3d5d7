import { expect, test } from "bun:test";
import { createRecordingLogger } from "@vidferry/testing";
import { createTracedLogger } from "./traced-logger.ts";

test("a line names the trace that it is written in, also one of a child, and none where nothing is traced", () => {
  const recording = createRecordingLogger();
  let here: string | null = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const logger = createTracedLogger(recording, { traceparent: () => here });
  logger.child({ jobId: "job_1" }).warn("inside", { ms: 3 });
  for (const level of ["debug", "info", "error"] as const) logger[level]("inside");
  here = null;
  logger.info("outside", { ms: 4 });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  expect(recording.lines.map(({ fields }) => fields?.["traceId"])).toEqual([
    traceId,
    traceId,
    traceId,
    traceId,
    undefined,
  ]);
  expect(recording.lines[0]?.fields).toMatchObject({ ms: 3 });
});
