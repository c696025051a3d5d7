import { describe, expect, test } from "bun:test";
import type { DownloadJob } from "@vidferry/sdk";
import { remediesOf } from "./remedies.ts";

const failed = (
  code: string,
  retryable = false,
  output: object = { type: "video", quality: "1080p", container: "mp4" },
): DownloadJob =>
  ({
    state: "failed",
    error: { code, detail: "", hint: "", retryable },
    request: { url: "https://youtu.be/a", output, labels: { project: "x" } },
    artifacts: [],
  }) as unknown as DownloadJob;
const labels = (job: DownloadJob) => remediesOf(job).map(({ label }) => label);

describe("what helps against a failure", () => {
  test.each([
    ["network_error", true, ["remedy.retry"]],
    ["bot_check", true, ["remedy.cookies", "remedy.retry"]],
    ["age_restricted", false, ["remedy.cookies", "remedy.retry"]],
    ["format_unavailable", false, ["remedy.other", "remedy.audio"]],
    ["file_too_large", false, ["remedy.lower", "remedy.audio"]],
    ["disk_full", true, ["remedy.lower", "remedy.audio", "remedy.retry"]],
    ["too_long", false, ["remedy.part"]],
    ["tool_missing", false, ["remedy.retry"]],
    ["video_private", false, []],
    ["a_code_of_a_newer_service", true, ["remedy.retry"]],
    ["a_final_code_of_a_newer_service", false, []],
  ] as const)("%s, which may pass: %p: %j", (code, retryable, expected) => {
    expect(labels(failed(code, retryable))).toEqual(expected as never);
  });

  test("asking anew keeps the link and the labels", () => {
    const [lower] = remediesOf(failed("disk_full"));
    expect(lower).toMatchObject({
      kind: "again",
      request: { url: "https://youtu.be/a", output: { type: "video", quality: "480p" }, labels: { project: "x" } },
    });
  });

  test("no other quality is offered where it is not a picture that fails", () => {
    expect(labels(failed("disk_full", true, { type: "audio", format: "flac" }))).toEqual(["remedy.retry"]);
  });

  test("only the sound is asked for without captions in a picture", () => {
    const job = failed("format_unavailable");
    const subtitles = { languages: ["en"], embed: true, burnIn: "en" };
    const withCaptions = { ...job, request: { ...job.request, subtitles } } as unknown as DownloadJob;
    expect(remediesOf(withCaptions).find(({ label }) => label === "remedy.audio")).toMatchObject({
      request: { output: { type: "audio" }, subtitles: { languages: ["en"], embed: false, burnIn: false } },
    });
  });

  test("files that are gone after their time can be had again, now and as they were asked for", () => {
    const job = { ...failed("x"), state: "succeeded", error: null } as DownloadJob;
    const wishes = {
      output: { type: "audio", format: "mp3" },
      clip: { startSeconds: 5 },
      sponsorBlock: ["sponsor"],
      thumbnail: "embed",
      fileName: "{title}",
      labels: { project: "x" },
    };
    const request = { url: "https://youtu.be/a", ...wishes };
    const scheduled = { ...request, scheduledFor: "2026-11-01T00:00:00.000Z" };
    expect(remediesOf({ ...job, request: scheduled } as unknown as DownloadJob)).toEqual([
      { kind: "again", label: "remedy.again", request: request as never },
    ]);
  });
});
