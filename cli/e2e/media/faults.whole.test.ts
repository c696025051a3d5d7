import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { type Scene, setScene } from "../scene.ts";
import { nothingIsLeft, type Service, startService } from "../service.ts";

const limitMs = 150_000;
const small = { type: "video", quality: "144p" } as const;

let scene: Scene;
let service: Service;
beforeAll(async () => {
  const sponsorSegments = [{ startSeconds: 5, endSeconds: 7, category: "sponsor" }];
  const silent = { status: 503, body: "" };
  const rubbish = { status: 200, body: "<html>" };
  scene = await setScene({
    catalogue: {
      videos: [
        { id: "sponsorDown", itags: [18], challenge: "none", sponsorSegments, sponsorFault: silent },
        { id: "sponsorOdd1", itags: [18], challenge: "none", sponsorSegments, sponsorFault: rubbish },
      ],
    },
    env: { WORKER_CONCURRENCY: "3", STALL_TIMEOUT_SECONDS: "6" },
  });
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});
const url = (id: string) => scene.youtube.url(id);

describe("what goes wrong beside the media fails no job", () => {
  test(
    "captions that are limited for a while come after it",
    async () => {
      const subtitles = { languages: ["en", "fr"] };
      const job = await service.run({ url: url("caption429b"), output: small, subtitles });
      expect(job).toMatchObject({ state: "succeeded", attempt: 1, warnings: [] });
      expect(job.artifacts.slice(1).map(({ language }) => language)).toEqual(["en", "fr"]);
    },
    limitMs,
  );

  test.each(["sponsorDown", "sponsorOdd1"])(
    "SponsorBlock that does not answer what it should (%s) is a warning, and nothing is cut out",
    async (id) => {
      const job = await service.run({ url: url(id), sponsorBlock: { remove: ["sponsor"], mark: ["intro"] } });
      expect(job).toMatchObject({ state: "succeeded", attempt: 1, warnings: [{ code: "sponsorblock_failed" }] });
      expect(job.artifacts[0]?.durationSeconds).toBeCloseTo(12, 0);
    },
    limitMs,
  );

  test(
    "translations of what is not there are warnings, and the end of a transcript, which has nothing else",
    async () => {
      const subtitles = { languages: ["en"], translateTo: ["fr"] };
      const [video, transcript] = await Promise.all([
        service.run({ url: url("noCaptions1"), output: small, subtitles }),
        service.run({ url: url("noCaptions1"), output: { type: "transcript" }, subtitles }),
      ]);
      expect(video.state).toBe("succeeded");
      expect(video.warnings.map(({ code, detail }) => [code, detail])).toEqual([
        ["subtitles_missing", "No subtitles in en: the source has none."],
        ["subtitles_missing", "No subtitles in fr: the source has none."],
      ]);
      expect(transcript).toMatchObject({ state: "failed", attempt: 1, error: { code: "format_unavailable" } });
    },
    limitMs,
  );
});

test(
  "a video that the site replaces while it is fetched is never half the one and half the other",
  async () => {
    const video = { id: "replacedVid", itags: [18], challenge: "none" as const, captions: [] };
    const mediaFaults = { stallAfterBytes: 200_000 };
    scene.youtube.addVideo({ ...video, mediaBytes: 3_000_000, mediaFaults });
    const { id } = await service.submit({ url: url(video.id) });
    await eventually(() => scene.mediaRequests(video.id).some(({ bytesSent }) => bytesSent >= 200_000));
    scene.youtube.addVideo({ ...video, mediaBytes: 4_000_000 });
    const [job, fresh] = await Promise.all([service.finished(id), service.run({ url: url(video.id) })]);
    expect(job).toMatchObject({ state: "succeeded", error: null });
    expect(job.artifacts[0]?.bytes).toBeGreaterThan(3_500_000);
    expect(job.artifacts[0]?.sha256).toBe(fresh.artifacts[0]?.sha256 ?? "");
    await nothingIsLeft(scene);
  },
  limitMs,
);
