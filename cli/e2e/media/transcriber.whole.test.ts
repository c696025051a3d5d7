import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Check } from "@vidferry/core";
import { eventually, type SpeechToTextServer, startLibreTranslate, startSpeechToText } from "@vidferry/testing";
import { startService } from "../service.ts";
import { h264, type MediaScene, setMediaScene } from "./media-scene.ts";

const limitMs = 120_000;

let recogniser: SpeechToTextServer;
let translator: Awaited<ReturnType<typeof startLibreTranslate>>;
let media: MediaScene;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  recogniser = await startSpeechToText({ key: "secret-of-the-transcriber" });
  translator = await startLibreTranslate();
  env = {
    TRANSCRIBER_URL: recogniser.url,
    TRANSCRIBER_KEY: "secret-of-the-transcriber",
    LIBRETRANSLATE_URL: translator.url,
    LEASE_SECONDS: "3",
    LOG_LEVEL: "debug",
  };
  media = await setMediaScene(env);
  const picture = ["-f", "lavfi", "-i", "color=c=black:s=96x32:r=25:d=10"];
  media.make(...picture, "-f", "lavfi", "-i", "sine=d=10", ...h264(), "-c:a", "aac", "said.mp4");
  // Three pieces of silence.
  media.make("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "420", "-b:a", "8k", "long.mp3");
}, limitMs);
afterAll(async () => {
  await media?.[Symbol.asyncDispose]();
  await recogniser?.[Symbol.asyncDispose]();
  await translator?.[Symbol.asyncDispose]();
});
beforeEach(() => recogniser.answerWith(null));

const transcript = { output: { type: "transcript" as const } };
/** How many seconds of sound a request has brought: it is MP3 of 64 kbit/s. */
const secondsIn = (index: number) => Math.round((recogniser.requests[index]?.file.length ?? 0) / 8_000 / 10) * 10;
const piece = (count: number) =>
  Response.json({ language: "en", segments: [{ start: 1, end: 2, text: `piece ${count}` }] });

describe("a transcriber that fails", () => {
  test(
    "is a warning on a video, and the error of a transcript of which nothing is left",
    async () => {
      recogniser.answerWith(() => new Response("<html>Bad gateway</html>"));
      const subtitles = { transcribe: "missing" as const };
      const [video, empty] = await Promise.all([
        media.run("said.mp4", { subtitles }),
        media.run("said.mp4", { ...transcript, subtitles }),
      ]);
      expect(video.state).toBe("succeeded");
      const why = "the transcriber has answered something that is no transcript";
      expect(video.warnings).toEqual([
        { code: "transcription_failed", detail: `The speech was not transcribed: ${why}.` },
      ]);
      expect(empty).toMatchObject({ state: "failed", error: { code: "transcription_failed", detail: why } });
    },
    limitMs,
  );

  test("and a translator are looked at by the detailed health", async () => {
    const look = async () => {
      const answer = await fetch(`${media.service.url}/health/detailed`);
      const { checks } = (await answer.json()) as { readonly checks: readonly Check[] };
      return checks.filter(({ name }) => name === "transcriber" || name === "translator");
    };
    const ok = { status: "ok", detail: "answers" } as const;
    expect(await look()).toEqual([
      { name: "translator", ...ok },
      { name: "transcriber", ...ok },
    ]);
  });
});

describe("a transcript that has to be made of the sound", () => {
  test(
    "goes on with the piece that was not finished when the service was killed",
    async () => {
      recogniser.answerWith((count) => (count === 2 ? new Promise(() => undefined) : piece(count)));
      const sent = recogniser.requests.length;
      const killed = await media.service.submit({
        url: media.origin.url("long.mp3"),
        ...transcript,
        subtitles: { transcribe: "always", formats: ["srt"] },
      });
      await eventually(() => recogniser.requests.length === sent + 2, {
        timeoutMs: 60_000,
        message: "the second piece",
      });
      const { progress, stage } = await media.service.job(killed.id);
      expect(stage).toBe("processing");
      expect(progress.percent).toBeGreaterThan(0);
      await media.service.end("SIGKILL");
      const hosts = { PROXY_URL: "", ALLOWED_HOSTS: "*", ALLOW_PRIVATE_HOSTS: `127.0.0.1:${media.origin.port}` };
      await using again = await startService(media.scene, { ...env, ...hosts });
      const done = await again.finished(killed.id);
      expect(done).toMatchObject({ state: "succeeded", attempt: 2, warnings: [] });
      expect([0, 1, 2, 3].map((index) => secondsIn(sent + index))).toEqual([180, 180, 180, 70]);
      expect(recogniser.requests).toHaveLength(sent + 4);
      const srt = await (await fetch(again.url + done.artifacts[0]?.url)).text();
      const cue = (at: string, to: string, count: number) => `${at} --> ${to}\npiece ${count}\n`;
      expect(srt).toBe(
        [
          `1\n${cue("00:00:01,000", "00:00:02,000", 1)}`,
          `2\n${cue("00:02:55,000", "00:02:56,000", 3)}`,
          `3\n${cue("00:05:49,000", "00:05:50,000", 4)}`,
        ].join("\n"),
      );
      expect(media.service.log() + again.log()).not.toContain("secret-of");
    },
    limitMs,
  );
});
