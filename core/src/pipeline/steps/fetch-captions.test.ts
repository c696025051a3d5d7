import { describe, expect, test } from "bun:test";
import { createFakeEngine, createServiceFixture, roomyLimits } from "@vidferry/testing";
import { AppError } from "../../errors/app-error.ts";
import { Subtitles } from "../../jobs/request.ts";
import { runAttempt } from "../run-attempt.ts";

const options = { leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal: new AbortController().signal };
const subtitles = Subtitles.parse({ languages: ["fr"], formats: ["srt"] });
const refusal = {
  subtitles: [],
  warnings: [{ code: "subtitles_missing", detail: "No subtitles in fr: HTTP Error 429." }],
  failure: new AppError("rate_limited", "No subtitles in fr: HTTP Error 429."),
} as const;
const track = { language: "fr", automatic: false, cues: [{ startSeconds: 0, endSeconds: 1, text: "Bonjour" }] };

/** An engine whose source holds back the captions the first time. */
async function sceneOf(request: Parameters<Awaited<ReturnType<typeof createServiceFixture>>["submit"]>[0]) {
  const { downloader } = createFakeEngine();
  const answers = [refusal, { subtitles: [track], warnings: [] }];
  const fixture = await createServiceFixture(
    {},
    { downloader: { ...downloader, fetchSubtitles: async () => answers.shift() ?? refusal } },
  );
  const { id } = await fixture.submit({ subtitles, ...request });
  return {
    run: async () => {
      const job = await fixture.deps.database.jobs.get(id, null);
      if (job === null) throw new Error("it is gone");
      await runAttempt(fixture.deps, await fixture.claim(job), options);
      return await fixture.deps.database.jobs.get(id, null);
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

describe("captions that the source holds back for now", () => {
  test("are tried again by a transcript, which has nothing else", async () => {
    await using scene = await sceneOf({ output: { type: "transcript" } });
    expect(await scene.run()).toMatchObject({
      state: "queued",
      waiting: { reason: "egress", detail: "No subtitles in fr: HTTP Error 429." },
    });
  });

  test("are a warning of a video", async () => {
    await using scene = await sceneOf({});
    expect(await scene.run()).toMatchObject({
      state: "succeeded",
      artifacts: [{ kind: "video" }],
      warnings: refusal.warnings,
    });
  });
});
