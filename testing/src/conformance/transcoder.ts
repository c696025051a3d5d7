import { access, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MediaFile, Recipe, ShapeOptions, Transcoder } from "@vidferry/core";
import { eventually } from "../eventually.ts";
import type { TestKit } from "./test-kit.ts";

/** A transcoder under test, with media for it. */
export interface TranscoderFixture {
  readonly transcoder: Transcoder;
  /** An empty folder for results. */
  readonly folder: string;
  /** An MP4 file with H.264 and AAC; ten seconds unless the transcoder is a fake. */
  readonly video: string;
  /** A picture. */
  readonly picture: string;
}

/** Media for the tests of a transcoder that reads and writes real media. */
export interface GenuineMedia {
  /** A media file without sound. */
  readonly silent: string;
  /** A text that pretends to be media and names other files, as a playlist does. */
  readonly disguised: string;
  /** Running child processes of the transcoder whose command line contains this path. */
  running(path: string): Promise<readonly string[]>;
}

/** What the {@link Transcoder} suite needs. */
export interface TranscoderSuite extends TestKit {
  readonly name: string;
  /** Called for each test. */
  create(): Promise<TranscoderFixture & AsyncDisposable>;
  /** Left out for a fake, whose results are no media. */
  readonly genuine?: () => GenuineMedia;
}

const never = new AbortController().signal;
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => null).catch((error: unknown) => error);
const unwatched = (rest: Partial<ShapeOptions> = {}): ShapeOptions => ({
  signal: never,
  onProgress: () => undefined,
  timeoutMs: 60_000,
  ...rest,
});

/** A recipe that keeps everything as it is, in MP4. */
function recipeOf(input: MediaFile, outputBase: string, rest: Partial<Recipe> = {}): Recipe {
  return {
    inputs: [input],
    target: { kind: "video", container: "mp4" },
    keep: null,
    exact: false,
    chapters: [],
    tags: null,
    subtitles: [],
    burnIn: null,
    cover: null,
    outputBase,
    ...rest,
  };
}

/** What every {@link Transcoder} must do. */
export function transcoderConformance(suite: TranscoderSuite): void {
  const { describe, test, expect, name, create, genuine } = suite;

  describe(`transcoder: ${name}`, () => {
    test("says what a file is, and that it is finished when it is what the recipe asks for", async () => {
      await using fixture = await create();
      const { transcoder, video, folder } = fixture;
      const media = await transcoder.inspect(video, { signal: never });
      expect(media).toMatchObject({ path: video, bytes: (await readFile(video)).length });
      expect(media.streams.map(({ kind, codec }) => `${kind} ${codec}`)).toEqual(["video h264", "audio aac"]);
      expect(transcoder.isFinished(recipeOf(media, join(folder, "result")))).toBe(true);
      // What is to be drawn into the picture is not there yet.
      const drawn = recipeOf(media, join(folder, "result"), { burnIn: join(folder, "captions.vtt") });
      if (genuine) expect(transcoder.isFinished(drawn)).toBe(false);
      expect(await readdir(folder)).toEqual([]);
    });

    test("makes the result under its name with the fitting extension, and nothing else; progress never goes back", async () => {
      await using fixture = await create();
      const { transcoder, video, folder } = fixture;
      const input = await transcoder.inspect(video, { signal: never });
      const before = await readFile(video);
      for (const [target, file] of [
        [{ kind: "video", container: "mkv" }, "video.mkv"],
        [{ kind: "audio", format: "mp3", bitrateKbps: null, normalize: false }, "audio.mp3"],
      ] as const) {
        const seen: number[] = [];
        const recipe = recipeOf(input, join(folder, target.kind), { target });
        const result = await transcoder.shape(recipe, unwatched({ onProgress: (fraction) => seen.push(fraction) }));
        expect(result.path).toBe(join(folder, file));
        expect(result).toEqual(await transcoder.inspect(result.path, { signal: never }));
        expect(seen).toEqual([...seen].sort((one, other) => one - other));
        expect(seen.at(-1)).toBe(1);
      }
      expect((await readdir(folder)).sort()).toEqual(["audio.mp3", "video.mkv"]);
      expect(await readFile(video)).toEqual(before);
    });

    test("makes a picture one of each format", async () => {
      for (const [format, magic] of [
        ["jpg", "\xff\xd8\xff"],
        ["png", "\x89PNG"],
        ["webp", "RIFF"],
      ] as const) {
        await using fixture = await create();
        const { transcoder, picture, folder } = fixture;
        const path = await transcoder.toPicture(picture, join(folder, "cover"), { format, signal: never });
        expect(path).toBe(join(folder, `cover.${format}`));
        expect(await readdir(folder)).toEqual([`cover.${format}`]);
        if (genuine) expect((await readFile(path)).toString("latin1").slice(0, magic.length)).toBe(magic);
      }
    });

    test("does nothing for a signal that is aborted already, and gives its reason", async () => {
      await using fixture = await create();
      const { transcoder, video, picture, folder } = fixture;
      const input = await transcoder.inspect(video, { signal: never });
      const reason = new Error("cancelled");
      const signal = AbortSignal.abort(reason);
      const calls = [
        transcoder.inspect(video, { signal }),
        transcoder.shape(recipeOf(input, join(folder, "result")), unwatched({ signal })),
        transcoder.toPicture(picture, join(folder, "cover"), { format: "jpg", signal }),
      ];
      expect(await Promise.all(calls.map(caught))).toEqual(calls.map(() => reason));
      expect(await readdir(folder)).toEqual([]);
    });

    test("knows its version, and says of each check what it found and what to do", async () => {
      await using fixture = await create();
      const version = await fixture.transcoder.version();
      expect(version).toMatch(/\d/);
      expect(await fixture.transcoder.version()).toBe(version);
      for (const { status, detail, fix } of await fixture.transcoder.check()) {
        expect(detail).not.toBe("");
        if (status !== "ok") expect(fix ?? "").not.toBe("");
      }
    });

    if (genuine) genuineConformance({ ...suite, genuine });
  });
}

/** Behaviour of a transcoder of real media. */
function genuineConformance({
  test,
  expect,
  create,
  genuine,
}: TranscoderSuite & { genuine: () => GenuineMedia }): void {
  const mp3 = { kind: "audio", format: "mp3", bitrateKbps: null, normalize: false } as const;

  test("is not finished with a file of another form, or with one to be cut", async () => {
    await using fixture = await create();
    const { transcoder, video, folder } = fixture;
    const input = await transcoder.inspect(video, { signal: never });
    const base = join(folder, "result");
    expect(transcoder.isFinished(recipeOf(input, base, { target: mp3 }))).toBe(false);
    expect(transcoder.isFinished(recipeOf(input, base, { keep: [{ startSeconds: 1, endSeconds: 2 }] }))).toBe(false);
  });

  test("refuses what is not media, is cut off, or names other files", async () => {
    await using fixture = await create();
    const { transcoder, video, folder } = fixture;
    const half = join(folder, "half.mp4");
    await writeFile(half, (await readFile(video)).subarray(0, 20_000));
    const empty = join(folder, "empty.mp4");
    await writeFile(empty, "");
    for (const path of [half, empty, join(folder, "missing.mp4"), genuine().disguised]) {
      expect(await caught(transcoder.inspect(path, { signal: never }))).toMatchObject({ code: "output_invalid" });
    }
  });

  test("can cut exactly anywhere, and copied pictures at the key frame before; what keeps everything is no cut", async () => {
    await using fixture = await create();
    const { transcoder, video, folder } = fixture;
    const input = await transcoder.inspect(video, { signal: never });
    const aligned = (startSeconds: number, endSeconds: number, exact: boolean) => {
      const recipe = recipeOf(input, join(folder, "clip"), { keep: [{ startSeconds, endSeconds }], exact });
      return transcoder.alignCuts(recipe, { signal: never });
    };
    const end = input.durationSeconds ?? 0;
    expect(await aligned(2.5, 6, true)).toEqual([{ startSeconds: 2.5, endSeconds: 6 }]);
    expect(await aligned(2.5, 6_000, true)).toEqual([{ startSeconds: 2.5, endSeconds: end }]);
    const [copied] = (await aligned(2.5, 6, false)) ?? [];
    expect(copied?.startSeconds).toBeLessThanOrEqual(2.5);
    expect(copied?.endSeconds).toBe(6);
    expect(await aligned(0, 6_000, false)).toBeNull();
    expect(await readdir(folder)).toEqual([]);
  });

  test("joins periods into one file of their whole length, with nothing beside it", async () => {
    await using fixture = await create();
    const { transcoder, video, folder } = fixture;
    const file = await transcoder.inspect(video, { signal: never });
    const seconds = file.durationSeconds ?? 0;
    const period = (startSeconds: number) => ({ file, startSeconds, seconds, offsetSeconds: 0 });
    const options = { signal: never, timeoutMs: 60_000 };
    const { file: joined, isEncoded } = await transcoder.join(
      [period(0), period(seconds)],
      join(folder, "joined"),
      options,
    );
    expect(isEncoded).toBe(false);
    expect(Math.abs((joined.durationSeconds ?? 0) - 2 * seconds)).toBeLessThan(0.1);
    expect(joined.streams.map(({ kind }) => kind)).toEqual(file.streams.map(({ kind }) => kind));
    const short = transcoder.join([{ ...period(0), seconds: seconds + 60 }], join(folder, "short"), options);
    expect(await caught(short)).toMatchObject({ code: "output_invalid" });
    const signal = AbortSignal.abort(new Error("cancelled"));
    expect(await caught(transcoder.join([period(0)], join(folder, "late"), { ...options, signal }))).toBe(
      signal.reason,
    );
    expect(await readdir(folder)).toEqual([joined.path.slice(folder.length + 1)]);
  });

  test("keeps exactly the time range that is asked for", async () => {
    await using fixture = await create();
    const { transcoder, video, folder } = fixture;
    const input = await transcoder.inspect(video, { signal: never });
    const keep = [{ startSeconds: 2.5, endSeconds: 6 }];
    const clip = await transcoder.shape(recipeOf(input, join(folder, "clip"), { keep, exact: true }), unwatched());
    expect(Math.abs((clip.durationSeconds ?? 0) - 3.5)).toBeLessThan(0.1);
  });

  test("refuses a recipe that the media cannot meet, and leaves nothing under the result's name", async () => {
    await using fixture = await create();
    const { transcoder, video, folder } = fixture;
    const input = await transcoder.inspect(video, { signal: never });
    const silent = await transcoder.inspect(genuine().silent, { signal: never });
    const base = join(folder, "result");
    const behindTheEnd = recipeOf(input, base, { keep: [{ startSeconds: 5_000, endSeconds: 6_000 }] });
    for (const refused of [
      transcoder.shape(recipeOf(silent, base, { target: mp3 }), unwatched()),
      transcoder.alignCuts(behindTheEnd, { signal: never }),
    ]) {
      expect(await caught(refused)).toMatchObject({ code: "format_unavailable" });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("stops when the time is up, or with the signal's reason in the middle of it, without process or half result", async () => {
    await using fixture = await create();
    const { transcoder, video, folder } = fixture;
    const input = await transcoder.inspect(video, { signal: never });
    const base = join(folder, "result");
    // Requires re-encoding with a slow encoder.
    const recipe = recipeOf(input, base, { target: { kind: "video", container: "webm" } });
    expect(await caught(transcoder.shape(recipe, unwatched({ timeoutMs: 1 })))).toMatchObject({ code: "timed_out" });

    const abort = new AbortController();
    const reason = new Error("cancelled");
    const shaping = caught(transcoder.shape(recipe, unwatched({ signal: abort.signal })));
    await eventually(async () => (await genuine().running(base)).length > 0, { message: "the start of FFmpeg" });
    abort.abort(reason);
    expect(await shaping).toBe(reason);
    // The kernel removes a killed process asynchronously.
    await eventually(async () => (await genuine().running(base)).length === 0, { message: "the end of all processes" });
    expect(await caught(access(`${base}.webm`))).toMatchObject({ code: "ENOENT" });
    expect(await readdir(folder)).toEqual([]);
  });
}
