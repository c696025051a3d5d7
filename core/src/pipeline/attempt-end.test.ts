import { expect, test } from "bun:test";
import { createServiceFixture } from "@vidferry/testing";
import { AppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import type { Job } from "../jobs/job.ts";
import { type AttemptEnd, leaveFolder, recordFailure } from "./attempt-end.ts";

/** The end of an attempt that counts how often what it has elsewhere is cleaned up. */
async function withEnd(
  run: (scene: { readonly end: AttemptEnd; readonly cleaned: () => number; giveAway(): Promise<Job> }) => Promise<void>,
): Promise<void> {
  await using fixture = await createServiceFixture();
  const { deps } = fixture;
  const job = await fixture.claim(await fixture.submit());
  let cleaned = 0;
  const end: AttemptEnd = {
    ...{ deps, job, recordsLive: true, folder: () => null, note: () => undefined },
    writer: { write: (work) => work(), stop: () => undefined },
    whenOver: [
      async () => {
        cleaned += 1;
      },
    ],
  };
  const giveAway = async (): Promise<Job> => {
    const ref = { jobId: job.id, attempt: job.attempt };
    await deps.database.attempts.requeue(ref, { error: null, delayMs: 0, countsAsFailure: false });
    return await fixture.claim(job, "worker-2");
  };
  await run({ end, cleaned: () => cleaned, giveAway });
}

test.each<[ErrorCode, number]>([
  ["video_removed", 1],
  // Every further attempt would take what is there for whole.
  ["output_invalid", 1],
  ["network_error", 0],
])("after %s what an attempt has elsewhere is cleaned up %d times", (code, times) =>
  withEnd(async ({ end, cleaned }) => {
    await recordFailure(end, new AppError(code));
    expect(cleaned()).toBe(times);
  }),
);

test("an attempt that fails after its job was given to another leaves what that may go on with", () =>
  withEnd(async ({ end, cleaned, giveAway }) => {
    await giveAway();
    for (const code of ["video_removed", "output_invalid"] as const) await recordFailure(end, new AppError(code));
    await leaveFolder(end);
    expect(cleaned()).toBe(0);
  }));
