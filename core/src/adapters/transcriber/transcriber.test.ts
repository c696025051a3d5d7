import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, type SpeechToTextServer, startSpeechToText, type TempDir, tempDir } from "@vidferry/testing";
import { isAppError } from "../../errors/index.ts";
import { openAiTranscriber, type TranscriberOptions } from "./index.ts";

let server: SpeechToTextServer;
let dir: TempDir;
let path: string;
beforeAll(async () => {
  server = await startSpeechToText({ key: "secret" });
  dir = await tempDir();
  path = join(dir.path, "speech.mp3");
  await writeFile(path, "sound");
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await dir?.[Symbol.asyncDispose]();
});
beforeEach(() => server.answerWith(null));

const never = new AbortController().signal;
const begin = (rest: Partial<TranscriberOptions> = {}) =>
  openAiTranscriber({ url: server.url, key: "secret", pausesMs: [1, 1], ...rest });
const hear = (transcriber = begin(), language: string | null = null, signal = never) =>
  transcriber.transcribe({ path, seconds: 60 }, { language, signal });
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing",
    (error: unknown) => (isAppError(error) ? `${error.code}: ${error.message}` : error),
  );
const rubbish = "transcription_failed: the transcriber has answered something that is no transcript with times";

describe("a speech-to-text server", () => {
  test("is sent the sound, the model and the language, and asked for the times of words", async () => {
    const heard = await hear(begin({ model: "large-v3" }), "pt-BR");
    expect(heard).toEqual({ language: "en", cues: [{ startSeconds: 0, endSeconds: 1, text: "piece 1" }] });
    const { file, ...rest } = server.requests.at(-1) ?? {};
    expect(new TextDecoder().decode(file)).toBe("sound");
    expect(rest).toEqual({
      fileName: "speech.mp3",
      fields: {
        model: "large-v3",
        response_format: "verbose_json",
        "timestamp_granularities[]": "segment,word",
        language: "pt",
      },
    });
    await hear();
    expect(server.requests.at(-1)?.fields["language"]).toBeUndefined();
  });

  test.each(["", "/v1", "/v1/audio/transcriptions"])("may be named by its address with %p behind it", async (rest) => {
    expect((await hear(begin({ url: server.url + rest }))).cues).toHaveLength(1);
  });

  test("that cannot time words is asked without them, from then on", async () => {
    server.answerWith((count) => (count === 1 ? new Response(null, { status: 400 }) : null));
    const transcriber = begin();
    await hear(transcriber);
    await hear(transcriber);
    expect(server.requests.slice(-3).map(({ fields }) => fields["timestamp_granularities[]"])).toEqual([
      "segment,word",
      undefined,
      undefined,
    ]);
  });

  test("that does not know a language by name finds it out", async () => {
    server.answerWith((count) => (count < 3 ? new Response(null, { status: 400 }) : null));
    expect((await hear(begin(), "gsw")).cues).toHaveLength(1);
    expect(server.requests.slice(-3).map(({ fields }) => fields["language"])).toEqual(["gsw", "gsw", undefined]);
  });

  test("gives words in its segments or beside them, also in pieces, within the sound", async () => {
    const word = (said: string, start: number, end: number) => ({ word: said, start, end });
    const segments = [
      {
        start: -0.5,
        end: 2,
        text: " Hello there.",
        words: [word(" Hel", 0, 0.4), word("lo", 0.4, 0.9), word(" there.", 1, 2)],
      },
      { start: 58, end: 75, text: " End" },
      { start: 61, end: 62, text: " behind the end" },
      { start: 3, end: 4, text: " " },
    ];
    server.answerWith(() => Response.json({ language: "en", segments, words: [word("End", 58.5, 61)] }));
    const spoken = (text: string, startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds, text });
    expect((await hear()).cues).toEqual([
      { ...spoken("Hello there.", 0, 2), words: [spoken("Hello", 0, 0.9), spoken("there.", 1, 2)] },
      { ...spoken("End", 58, 60), words: [spoken("End", 58.5, 60)] },
    ]);
    server.answerWith(() => Response.json({ text: "", segments: null }));
    expect(await hear()).toEqual({ language: null, cues: [] });
  });

  test("that answers with very many segments and words is read at once", async () => {
    const text = "a";
    const segments = Array.from({ length: 5_000 }, (_, index) => ({ start: index / 100, end: index / 100, text }));
    const words = Array.from({ length: 20_000 }, (_, index) => ({ word: text, start: index / 400, end: index / 400 }));
    server.answerWith(() => Response.json({ segments, words }));
    const { cues } = await hear();
    expect(cues).toHaveLength(5_000);
    expect(cues.flatMap((cue) => cue.words ?? [])).toHaveLength(20_000);
  });

  test("that times a word not at all or out of order still times its segments", async () => {
    const segments = [
      { start: 1, end: 3, text: "In 2014", words: [{ word: "In", start: 1, end: 1.4 }, { word: "2014" }] },
      {
        start: 4,
        end: 9,
        text: "Traffic Secrets",
        words: [
          { word: "Traffic", start: 49, end: 8 },
          { word: "Secrets", start: 8, end: 9 },
        ],
      },
    ];
    server.answerWith(() => Response.json({ segments }));
    expect((await hear()).cues).toEqual([
      { startSeconds: 1, endSeconds: 3, text: "In 2014" },
      { startSeconds: 4, endSeconds: 9, text: "Traffic Secrets" },
    ]);
  });

  test.each([
    ["in nanoseconds", { segments: [{ start: 0, end: 6e9, text: "Hello" }] }],
    ["without segments", { text: "Hello", segments: [] }],
  ])("that answers %s has given no times", async (_, answer) => {
    server.answerWith(() => Response.json(answer));
    expect(await refusal(hear())).toBe(rubbish);
  });

  test("is asked again when it cannot answer for now, and not when it refuses", async () => {
    server.answerWith((count) => (count < 3 ? new Response(null, { status: count === 1 ? 429 : 503 }) : null));
    expect((await hear()).cues).toHaveLength(1);
    let asked = 0;
    server.answerWith((count) => {
      asked = count;
      return new Response(null, { status: 413 });
    });
    expect(await refusal(hear())).toBe("transcription_failed: the transcriber answers 413");
    expect(asked).toBe(1);
  });

  test("that is down, wants another key, is silent or leads elsewhere says so", async () => {
    expect(await refusal(hear(begin({ url: "http://127.0.0.1:9" })))).toBe(
      "transcription_failed: the transcriber cannot be reached",
    );
    expect(await refusal(hear(begin({ key: "wrong" })))).toBe(
      "transcription_failed: the transcriber refuses the key (TRANSCRIBER_KEY)",
    );
    server.answerWith(() => new Response(null, { status: 307, headers: { location: "http://127.0.0.1:9/" } }));
    expect(await refusal(hear())).toBe("transcription_failed: the transcriber answers 307");
    const stuck = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) });
    for (const silence of [() => new Promise<Response>(() => undefined), () => new Response(stuck)]) {
      server.answerWith(silence);
      expect(await refusal(hear(begin({ timeoutMs: 50 })))).toBe(
        "transcription_failed: the transcriber has not answered within 1 s",
      );
    }
  });

  test.each<readonly [string, () => Response, string]>([
    ["HTML", () => new Response("<html>"), rubbish.replace(" with times", "")],
    ["nothing", () => new Response(""), rubbish.replace(" with times", "")],
    ["another object", () => Response.json({ error: "model not loaded" }), rubbish],
    ["a text without times", () => Response.json({ text: "hello" }), rubbish],
    ["times that are none", () => Response.json({ segments: [{ start: "0", end: null, text: "a" }] }), rubbish],
    ["a hundred megabytes", () => new Response(endless()), rubbish.replace(" with times", "")],
  ])("that answers %s has answered rubbish", async (_, answer, message) => {
    server.answerWith(answer);
    expect(await refusal(hear())).toBe(message);
  });

  test("is left alone when the signal aborts, also while it works", async () => {
    const stop = new AbortController();
    server.answerWith(() => new Promise(() => undefined));
    const before = server.requests.length;
    const hearing = hear(begin(), null, stop.signal);
    await eventually(() => server.requests.length > before, { message: "the request" });
    stop.abort("enough");
    expect(await hearing.catch((error: unknown) => error)).toBe("enough");
  });

  test("is checked without sending it sound", async () => {
    const before = server.requests.length;
    expect(await begin().check()).toEqual([{ name: "transcriber", status: "ok", detail: "answers" }]);
    for (const [options, detail] of [
      [{ url: "http://127.0.0.1:9" }, "the transcriber cannot be reached"],
      [{ key: "wrong" }, "the transcriber refuses the key (TRANSCRIBER_KEY)"],
    ] as const) {
      const [check] = await begin(options).check();
      expect(check).toMatchObject({ name: "transcriber", status: "warning", detail });
      expect(check?.fix).toContain("TRANSCRIBER_URL");
    }
    expect(server.requests).toHaveLength(before);
  });
});

/** Blanks, which could be the beginning of JSON. */
function endless(): ReadableStream<Uint8Array> {
  let pieces = 0;
  return new ReadableStream({
    pull(controller) {
      pieces += 1;
      if (pieces > 100) controller.close();
      else controller.enqueue(new Uint8Array(1 << 20).fill(32));
    },
  });
}
