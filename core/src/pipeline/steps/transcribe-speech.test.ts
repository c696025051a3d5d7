import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { createFakeEngine, createServiceFixture, roomyLimits } from "@vidferry/testing";
import { AppError } from "../../errors/app-error.ts";
import { type DownloadRequest, Subtitles } from "../../jobs/request.ts";
import type { FetchedSubtitles } from "../downloader.ts";
import { runAttempt } from "../run-attempt.ts";
import { type TimeRange, totalSeconds } from "../timeline/time-ranges.ts";
import type { Transcriber } from "../transcriber.ts";

/** Long enough for three pieces. */
const seconds = 500;
const cues = [{ startSeconds: 0, endSeconds: 1, text: "from the source" }];
const down = new AppError("transcription_failed", "the transcriber cannot be reached");

interface SceneOptions {
  readonly transcriber?: Transcriber;
  readonly captions?: readonly FetchedSubtitles[];
  readonly spoken?: string;
  readonly hasSound?: boolean;
}

/** What the recogniser is asked: the language, and the range of the source that was cut out for it. */
interface Asked {
  readonly language: string | null;
  readonly range: TimeRange | undefined;
}

function recogniser(heard: (count: number, asked: Asked) => Promise<void> | void = () => undefined) {
  const asked: Asked[] = [];
  let range: TimeRange | undefined;
  const transcriber: Transcriber = {
    transcribe: async (sound, { language, signal }) => {
      asked.push({ language, range });
      expect(await readFile(sound.path, "utf8")).toContain("video of");
      await heard(asked.length, { language, range });
      signal.throwIfAborted();
      return { language: "de", cues: [{ startSeconds: 10, endSeconds: 11, text: `piece ${asked.length}` }] };
    },
  };
  const cutting = (next: TimeRange | undefined) => {
    range = next;
  };
  return { asked, transcriber, cutting };
}

async function scene(
  request: Partial<DownloadRequest>,
  { transcriber, captions = [], spoken, hasSound = true }: SceneOptions,
  cutting: (range: TimeRange | undefined) => unknown = () => undefined,
) {
  const { downloader, transcoder } = createFakeEngine();
  const isTranscript = request.output?.type === "transcript";
  const fetched: string[] = [];
  const fixture = await createServiceFixture(
    {},
    {
      downloader: {
        ...downloader,
        resolve: async (...call) => ({
          ...(await downloader.resolve(...call)),
          streams: [{ formatId: "18", hasVideo: !isTranscript, hasAudio: true, bytes: 5, language: spoken ?? null }],
        }),
        fetch: async (...call) => {
          fetched.push("sound");
          return await downloader.fetch(...call);
        },
        fetchSubtitles: async () => ({
          subtitles: captions,
          warnings: captions.length > 0 ? [] : [{ code: "subtitles_missing", detail: "No subtitles in original." }],
        }),
      },
      transcoder: {
        ...transcoder,
        inspect: async (path, options) => {
          const file = await transcoder.inspect(path, options);
          const streams = file.streams.filter(({ kind }) => hasSound || kind !== "audio");
          return { ...file, durationSeconds: seconds, streams };
        },
        isFinished: () => false,
        shape: async (recipe, options) => {
          if (recipe.target.kind === "audio") cutting(recipe.keep?.[0]);
          const made = await transcoder.shape(recipe, options);
          return { ...made, durationSeconds: recipe.keep === null ? seconds : totalSeconds(recipe.keep) };
        },
      },
      ...(transcriber && { transcriber }),
    },
  );
  const job = await fixture.submit(request);
  return {
    fetched,
    run: async (signal = new AbortController().signal) => {
      const options = { leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal };
      await runAttempt(fixture.deps, await fixture.claim(job), options);
      const done = await fixture.deps.database.jobs.get(job.id, null);
      return {
        state: done?.state,
        names: done?.artifacts.map(({ fileName }) => fileName),
        files: done?.artifacts.map(({ kind, language, automatic }) => [kind, language, automatic].join(" ")),
        warnings: done?.warnings.map(({ code, detail }) => `${code}: ${detail}`),
        error: done?.error?.code ?? null,
      };
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

const wishes = (transcribe: "missing" | "always", languages: string[] = ["original"]) =>
  Subtitles.parse({ transcribe, languages, formats: ["srt"] });
const transcript = { output: { type: "transcript" as const } };
const written = { language: "en", automatic: false, cues };

describe("speech", () => {
  test("is transcribed in pieces that overlap, and becomes automatic captions of the language that was heard", async () => {
    const { asked, transcriber, cutting } = recogniser();
    await using made = await scene({ subtitles: wishes("missing") }, { transcriber }, cutting);
    expect(await made.run()).toMatchObject({
      state: "succeeded",
      files: ["video  ", "subtitle de true"],
      warnings: [],
      error: null,
    });
    expect(asked).toEqual(
      [
        [0, 180],
        [174, 354],
        [348, 500],
      ].map(([startSeconds = 0, endSeconds = 0]) => ({ language: null, range: { startSeconds, endSeconds } })),
    );
  });

  test("is told the language that the source names, else the only one that is wished for", async () => {
    const named = recogniser();
    await using source = await scene({ subtitles: wishes("missing", ["fr"]) }, { ...named, spoken: "en-US" });
    expect((await source.run()).files).toEqual(["video  ", "subtitle en-US true"]);
    expect(named.asked[0]?.language).toBe("en-US");
    await using unnamed = await scene({ subtitles: wishes("missing") }, { ...recogniser(), spoken: "dual audio" });
    expect((await unnamed.run()).files).toEqual(["video  ", "subtitle de true"]);
    const wished = recogniser();
    await using request = await scene({ subtitles: wishes("missing", ["fr"]) }, wished);
    expect((await request.run()).files).toEqual(["video  ", "subtitle fr true"]);
    expect(wished.asked[0]?.language).toBe("fr");
  });

  test("in another language than those that are wished for is told of", async () => {
    const made = (subtitles: DownloadRequest["subtitles"]) => scene({ subtitles }, recogniser());
    await using other = await made(wishes("missing", ["fr", "de-AT", "original"]));
    expect(await other.run()).toMatchObject({
      files: ["video  ", "subtitle de true"],
      warnings: ["subtitles_missing: No subtitles in fr: there are none to be had, and it is spoken in de."],
    });
    await using translated = await made(Subtitles.parse({ transcribe: "missing", translateTo: ["es"] }));
    expect((await translated.run()).warnings).toEqual([
      "subtitles_missing: No subtitles in es: there are none to be had, and it is spoken in de.",
    ]);
  });

  test("of a clip is all that is transcribed of it", async () => {
    const { asked, transcriber, cutting } = recogniser();
    const clip = { startSeconds: 100, endSeconds: 120, exact: true };
    await using made = await scene({ clip, subtitles: wishes("missing") }, { transcriber }, cutting);
    expect((await made.run()).state).toBe("succeeded");
    expect(asked.map(({ range }) => range)).toEqual([{ startSeconds: 100, endSeconds: 120 }]);
  });

  test("is not transcribed, nor its sound fetched for a transcript, where captions are there", async () => {
    const { asked, transcriber } = recogniser();
    await using made = await scene(
      { ...transcript, subtitles: wishes("missing") },
      { transcriber, captions: [written] },
    );
    expect(await made.run()).toMatchObject({ state: "succeeded", files: ["subtitle en false"], warnings: [] });
    expect([asked, made.fetched]).toEqual([[], []]);
  });

  test("is transcribed all the same when that is wished for, in place of automatic captions of its language", async () => {
    const captions = [written, { ...written, language: "de", automatic: true }];
    await using made = await scene({ ...transcript, subtitles: wishes("always") }, { ...recogniser(), captions });
    expect((await made.run()).files).toEqual(["subtitle en false", "subtitle de true"]);
    expect(made.fetched).toEqual(["sound"]);
    const twins = { ...recogniser(), captions: [{ ...written, language: "de" }] };
    await using beside = await scene({ ...transcript, subtitles: wishes("always") }, twins);
    expect((await beside.run()).names).toEqual(["A sample.de.srt", "A sample.de.auto.srt"]);
  });

  test("that cannot be transcribed is a warning, and fails a transcript of nothing else", async () => {
    const transcriber = { transcribe: () => Promise.reject(down) };
    const warning = "transcription_failed: The speech was not transcribed: the transcriber cannot be reached.";
    await using video = await scene({ subtitles: wishes("missing") }, { transcriber });
    expect(await video.run()).toMatchObject({
      state: "succeeded",
      files: ["video  "],
      warnings: [warning],
      error: null,
    });
    const options = { transcriber, captions: [written] };
    await using captioned = await scene({ ...transcript, subtitles: wishes("always") }, options);
    expect(await captioned.run()).toMatchObject({ state: "succeeded", warnings: [warning] });
    await using empty = await scene({ ...transcript, subtitles: wishes("missing") }, { transcriber });
    expect(await empty.run()).toMatchObject({ state: "queued", error: "transcription_failed" });
  });

  test("that is not there is told apart from a transcriber that is not there", async () => {
    await using none = await scene({ subtitles: wishes("missing") }, {});
    expect((await none.run()).warnings).toEqual([
      "transcription_failed: The speech was not transcribed: no speech-to-text server is set up (TRANSCRIBER_URL).",
    ]);
    const silence: Transcriber = { transcribe: async () => ({ language: null, cues: [] }) };
    await using quiet = await scene({ subtitles: wishes("missing") }, { transcriber: silence });
    expect((await quiet.run()).warnings).toEqual([
      "subtitles_missing: The speech was not transcribed: no speech was recognised in it.",
    ]);
    await using music = await scene({ ...transcript, subtitles: wishes("missing") }, { transcriber: silence });
    expect(await music.run()).toMatchObject({ state: "failed", error: "format_unavailable" });
    await using mute = await scene({ subtitles: wishes("missing") }, { transcriber: silence, hasSound: false });
    expect((await mute.run()).warnings).toEqual([
      "transcription_failed: The speech was not transcribed: there is no sound.",
    ]);
  });

  test("goes on after an interruption with the piece that was not finished", async () => {
    const stop = new AbortController();
    const { asked, transcriber, cutting } = recogniser((count) => {
      if (count === 2) stop.abort(new AppError("unavailable"));
    });
    await using made = await scene({ ...transcript, subtitles: wishes("missing") }, { transcriber }, cutting);
    await made.run(stop.signal).catch(() => undefined);
    expect(await made.run()).toMatchObject({ state: "succeeded", files: ["subtitle de true"] });
    expect(asked.map(({ range }) => range?.startSeconds)).toEqual([0, 174, 174, 348]);
  });
});
