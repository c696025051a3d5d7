import { describe, expect, test } from "bun:test";
import { createServiceFixture, roomyLimits } from "@vidferry/testing";
import fc from "fast-check";
import type { DownloadRequest } from "../jobs/request.ts";
import { type JobStage, JobStage as Stages } from "../jobs/states.ts";
import type { Resolution } from "./downloader.ts";
import { planAttempt } from "./plan.ts";
import type { Step } from "./step.ts";
import { resolve } from "./steps/resolve.ts";
import { transcribeWish } from "./steps/wants-transcription.ts";

const requests: fc.Arbitrary<Partial<DownloadRequest>> = fc.record(
  {
    output: fc.constantFrom<DownloadRequest["output"]>(
      { type: "video", quality: "1080p", container: "mp4", codec: "any", hdr: false },
      { type: "audio", format: "mp3", normalize: false },
      { type: "transcript" },
    ),
    subtitles: fc.record({
      languages: fc.constant(["en"]),
      automatic: fc.boolean(),
      translateTo: fc.constant([]),
      formats: fc.constant<("srt" | "txt")[]>(["srt", "txt"]),
      transcribe: fc.constantFrom("never", "missing", "always"),
      embed: fc.boolean(),
    }),
    thumbnail: fc.constantFrom("none", "file", "embed"),
    metadata: fc.record({ embed: fc.boolean(), infoJson: fc.boolean(), nfo: fc.boolean() }),
  },
  { requiredKeys: [] },
);
const formats = fc.uniqueArray(fc.constantFrom("137", "140", "18"), { maxLength: 2 });
const order = (stage: JobStage): number => Stages.options.indexOf(stage);

/** Plans of requests; a transcript fetches no streams unless it may have to be made of one, anything else fetches some. */
async function withPlans(
  check: (plan: ReturnType<typeof planAttempt>, request: DownloadRequest, resolved: Step<Resolution>) => void,
): Promise<void> {
  await using fixture = await createServiceFixture();
  const { deps } = fixture;
  const base = await fixture.submit();
  const folder = await deps.workFolders.open(base.id);
  const { signal } = new AbortController();
  const egress = await deps.egresses.lease({ url: base.request.url, purpose: "attempt", signal });
  const known = await deps.downloader.resolve(base.request, { folder, egress, signal });
  fc.assert(
    fc.property(requests, formats, (part, ids) => {
      const request = { ...base.request, ...part };
      const isCaptions = request.output.type === "transcript" && transcribeWish(request) === "never";
      const streams = isCaptions ? [] : ["18", ...ids];
      const resolution = {
        ...known,
        streams: streams.map((formatId) => ({ formatId, hasVideo: true, hasAudio: true, bytes: null })),
      };
      const attempt = {
        deps,
        job: { ...base, request },
        folder,
        egress,
        limits: roomyLimits,
        extendTimeout: () => undefined,
        whenOver: () => undefined,
      };
      const resolved = resolve(attempt);
      check(planAttempt(attempt, resolved, resolution), request, resolved);
    }),
  );
}

const inputsOf = (step: Step): Step[] => Object.values(step.inputs).filter((input) => input !== null);

describe("the plan of an attempt", () => {
  test("names each step once, gives each a weight, and makes all that its steps take", async () => {
    await withPlans(({ steps }, _, resolved) => {
      expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
      for (const step of steps) {
        expect(step.weight).toBeGreaterThan(0);
        for (const input of inputsOf(step)) expect([resolved, ...steps]).toContain(input);
      }
    });
  });

  test("has no circle, and no step before the stage of what it takes", async () => {
    await withPlans(({ steps }) => {
      for (const [index, step] of steps.entries()) {
        for (const input of inputsOf(step)) {
          expect(steps.indexOf(input)).toBeLessThan(index);
          expect(order(input.stage)).toBeLessThanOrEqual(order(step.stage));
        }
      }
    });
  });

  test("fetches nothing before it was admitted, and makes nothing that is not used", async () => {
    await withPlans(({ steps, stored }, request) => {
      const needed = new Set<Step>();
      const need = (step: Step) => {
        needed.add(step);
        for (const input of inputsOf(step)) need(input);
      };
      need(stored);
      for (const step of steps) expect(needed).toContain(step);
      for (const step of steps.filter(({ stage }) => stage === "downloading")) {
        // The sound of a transcript is fetched when its captions are missing.
        const isSound = step.name === "fetch" && request.output.type === "transcript";
        expect(inputsOf(step).map(({ name }) => name)).toEqual(isSound ? ["admit", "captions"] : ["admit"]);
      }
    });
  });

  test("stores no media that was not verified, and what the request asks for", async () => {
    await withPlans(({ steps, stored }, request) => {
      const names = inputsOf(stored).map(({ name }) => name);
      expect(names).not.toContain("shape");
      expect(names.includes("verify")).toBe(request.output.type !== "transcript");
      expect(names.includes("subtitles")).toBe(request.subtitles !== undefined || request.output.type === "transcript");
      expect(names.includes("thumbnail")).toBe(request.thumbnail === "file");
      expect(names.includes("info")).toBe(request.metadata.infoJson);
      expect(names.includes("nfo")).toBe(request.metadata.nfo === true);
      expect(steps.at(-1)).toBe(stored);
    });
  });

  test("does not let the media wait for captions or a cover that are not put into it", async () => {
    await withPlans(({ steps }, request) => {
      const shape = steps.find(({ name }) => name === "shape");
      if (shape === undefined) return;
      const names = inputsOf(shape).map(({ name }) => name);
      const captions = transcribeWish(request) === "never" ? "captions" : "transcription";
      expect(names.includes(captions)).toBe(request.subtitles?.embed === true);
      expect(names.includes("cover")).toBe(request.thumbnail === "embed");
    });
  });
});
