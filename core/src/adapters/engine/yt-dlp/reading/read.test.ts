import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { readCaptions, readInfo } from "./read.ts";

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir("vidferry-reading");
});
afterAll(() => dir[Symbol.asyncDispose]());

const kept = async (name: string, text: string) => {
  const path = join(dir.path, name);
  await writeFile(path, text);
  return path;
};
const captions = async (name: string, text: string) => ({
  path: await kept(name, text),
  format: name.slice(name.lastIndexOf(".") + 1),
  rolls: false,
  language: null,
});
const filled = (head: string, part: string, bytes: number, tail = "") =>
  head + part.repeat(Math.floor((bytes - head.length - tail.length) / part.length)) + tail;
const mebibyte = 1 << 20;

/** The longest that this process could do nothing else while `work` was under way, as a share of the whole time. */
async function longestPause<T>(work: () => Promise<T>): Promise<{ readonly share: number; readonly result: T }> {
  const startedAt = performance.now();
  let longest = 0;
  let last = startedAt;
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const ticking = setInterval(tick, 1);
  const result = await work();
  tick();
  clearInterval(ticking);
  return { share: longest / (performance.now() - startedAt), result };
}

describe("captions", () => {
  test("are read in order, and one that is no good spoils no other", async () => {
    const files = [
      await captions("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\none\n"),
      await captions("b.srt", "<html>429</html>"),
      { path: join(dir.path, "missing.vtt"), format: "vtt", rolls: false, language: null },
      await captions("c.srt", "1\n00:00:03,000 --> 00:00:04,000\ntwo\n"),
    ];
    const [first, ...rest] = await readCaptions(files);
    expect(first).toEqual({
      cues: [{ startSeconds: 1, endSeconds: 2, text: "one" }],
      guessedEncoding: null,
      clock: null,
    });
    expect(rest.map((read) => (read instanceof Error ? read.message : read))).toEqual([
      "there is no text in it",
      expect.stringContaining("ENOENT"),
      { cues: [{ startSeconds: 3, endSeconds: 4, text: "two" }], guessedEncoding: null, clock: null },
    ]);
  });

  test("can be read after threads that could not be started", async () => {
    // A task that cannot be handed to a thread: the thread is refused on the spot, as when the system has none left.
    const path = Symbol("no path") as unknown as string;
    for (let time = 0; time < 3; time += 1)
      await expect(readCaptions([{ path, format: "vtt", rolls: false, language: null }])).rejects.toThrow();
    const [read] = await readCaptions([await captions("after.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\none\n")]);
    expect(read).toMatchObject({ cues: [{ text: "one" }] });
  });

  const cue = "00:00.000 --> 00:01.000\na\n\n";
  const refused: readonly (readonly [string, string, string, string])[] = [
    ["too many bytes", "bytes.vtt", filled("WEBVTT\n\n", cue, 24 * mebibyte), "it is larger than 2 MiB"],
    ["too many cues", "cues.vtt", filled("WEBVTT\n\n", cue, 2 * mebibyte), "there are more than 50000 lines of speech"],
    ["too many lines", "lines.srt", filled("1\n", "\n", 2 * mebibyte), "there are more than 200000 lines in it"],
    ["one endless cue", "endless.vtt", `WEBVTT\n\n00:00.000 --> 00:01.000\n${"a ".repeat(500_000)}\n`, "a line of it"],
    ["too many values", "values.json3", filled('{"events":[', "0,", 8 * mebibyte, "0]}"), "there is too much in it"],
    ["too many levels of XML", "levels.ttml", "<tt>".repeat(100_000), "there is too much in it"],
    ["too many paragraphs", "paragraphs.ttml", `<tt>${"<p/>".repeat(100_000)}</tt>`, "there are more than 50000 lines"],
    [
      "too much dialogue",
      "dialogue.ass",
      `[Events]\n${"Dialogue:\n".repeat(100_000)}`,
      "there are more than 50000 lines",
    ],
    ["too many levels", "levels.json3", "[".repeat(8 * mebibyte), "there is too much in it"],
  ];
  test.each(refused.map((row) => [row[0], row]))("with %s are refused without being parsed", async (_what, row) => {
    const [, name, text, reason] = row as (typeof refused)[number];
    const [read] = await readCaptions([await captions(name, text)]);
    expect(read instanceof Error && read.message).toContain(reason);
  });

  const blanks = " ".repeat(mebibyte);
  const spaced: readonly (readonly [string, string])[] = [
    ["settings.vtt", `WEBVTT\n\n00:00.000 --> 00:01.000${blanks}x\nsaid\n`],
    ["nbsp.vtt", `WEBVTT\n\n00:00.000 --> 00:01.000${"\u00a0".repeat(mebibyte / 2)}x\nsaid\n`],
    ["start.srt", `1\n00:00:00,000${blanks}--> 00:00:01,000\nsaid\n`],
    ["text.srt", `1\n00:00:00,000 --> 00:00:01,000\n${blanks}said\n`],
  ];
  test.each(spaced)("are read as quickly with a megabyte of blanks in them (%s)", async (name, text) => {
    const [read] = await readCaptions([await captions(name, text)]);
    expect(read).toEqual({
      cues: [{ startSeconds: 0, endSeconds: 1, text: "said" }],
      guessedEncoding: null,
      clock: null,
    });
  });

  test("of a job that are too much together are taken as far as they go", async () => {
    const lines = Array.from(
      { length: 1_250 },
      (_, line) => `00:00.000 --> 00:01.000\n${line} ${"word ".repeat(300)}\n`,
    );
    const file = await captions("large.vtt", `WEBVTT\n\n${lines.join("\n")}`);
    const read = await readCaptions(Array.from({ length: 8 }, () => file));
    expect(read.map((cues) => (cues instanceof Error ? cues.message : "read"))).toEqual([
      ...Array.from({ length: 4 }, () => "read"),
      ...Array.from({ length: 4 }, () => "all captions together are larger than a job may have"),
    ]);
  });

  test("hold up nobody while they are parsed", async () => {
    const file = await captions(
      "busy.vtt",
      filled("WEBVTT\n\n", `00:00.000 --> 00:01.000\n${"a <b>".repeat(8)}\n\n`, 2 * mebibyte),
    );
    const { share, result } = await longestPause(() => readCaptions(Array.from({ length: 4 }, () => file)));
    expect(result).toHaveLength(4);
    expect(share).toBeLessThan(0.5);
  });

  test("are read no further once the signal aborts", async () => {
    const stop = new AbortController();
    const file = await captions("stopped.vtt", filled("WEBVTT\n\n", cue, mebibyte));
    const reading = readCaptions(
      Array.from({ length: 100 }, () => file),
      stop.signal,
    );
    setTimeout(() => stop.abort("enough"), 5);
    expect(await reading.catch((error: unknown) => error)).toBe("enough");
  });

  test("that cannot be read to an end hold up nobody who has given up", async () => {
    const path = join(dir.path, "silent.vtt");
    execFileSync("mkfifo", [path]);
    const stop = new AbortController();
    // Nobody writes into it, so that the thread waits in the system.
    const reading = readCaptions([{ path, format: "vtt", rolls: false, language: null }], stop.signal);
    setTimeout(() => stop.abort("enough"), 200);
    try {
      expect(await reading.catch((error: unknown) => error)).toBe("enough");
    } finally {
      await (await open(path, constants.O_RDWR | constants.O_NONBLOCK)).close();
    }
  });
});

describe("an info JSON", () => {
  test("loses what does not lie at http and https, in the file too, and is refused when that was chosen", async () => {
    const formats = [
      { format_id: "a", url: "ftp://10.0.0.1/a" },
      { format_id: "b", url: "https://a/b" },
    ];
    const path = await kept("foreign.json", JSON.stringify({ id: "x", formats, requested_formats: [formats[1]] }));
    expect((await readInfo(path)).formats.map(({ format_id }) => format_id)).toEqual(["b"]);
    expect(await readFile(path, "utf8")).not.toContain("ftp:");
    const chosen = await kept("chosen.json", JSON.stringify({ id: "x", formats, requested_formats: formats }));
    await expect(readInfo(chosen)).rejects.toMatchObject({ code: "unsupported_url" });
  });

  test("of a page that names a single file has that for its one format", async () => {
    const path = await kept("single.json", JSON.stringify({ id: "x", format_id: "0", url: "https://a/b.mp4" }));
    expect((await readInfo(path)).formats.map(({ format_id }) => format_id)).toEqual(["0"]);
  });

  const formats = (bytes: number) =>
    filled('{"id":"x","formats":[', '{"format_id":"a","vcodec":"h264","x":["y",{}]},', bytes, '{"format_id":"z"}]}');

  test("is read as far as anybody needs it", async () => {
    const info = await readInfo(await kept("many.json", formats(4 * mebibyte)));
    expect(info.formats).toHaveLength(2_000);
    const long = {
      id: "x",
      title: "t".repeat(mebibyte),
      webpage_url: `https://a/${"u".repeat(mebibyte)}`,
      formats: [{ format_id: "f".repeat(mebibyte) }, { format_id: "a" }],
      entries: [{ url: "u".repeat(5_000) }],
      subtitles: { ["k".repeat(5_000)]: [], en: [{ name: "n".repeat(5_000) }] },
    };
    expect(await readInfo(await kept("long.json", JSON.stringify(long)))).toMatchObject({
      title: "t".repeat(1_000),
      webpage_url: null,
      formats: [{ format_id: "a" }],
      entries: [{ url: null }],
      subtitles: { en: { name: null, translatedTo: null, isOfWritten: false } },
    });
  });

  const refused: readonly (readonly [string, string])[] = [
    ["too long", `{"id":"${"x".repeat(17 * mebibyte)}"}`],
    ["too full", filled("[", "[],", 15 * mebibyte, "0]")],
    ["too deep", "[".repeat(15 * mebibyte)],
    ["none", "<html>"],
  ];
  test.each(refused.map((row) => [row[0], row]))("that is %s is an error of the source", async (_what, row) => {
    const [what, text] = row as (typeof refused)[number];
    const path = await kept(`${what}.json`, text);
    expect(await readInfo(path).catch((error: unknown) => error)).toMatchObject({ code: "source_error" });
  });

  test("holds up nobody while it is parsed", async () => {
    const path = await kept("largest.json", formats(6 * mebibyte));
    const { share, result } = await longestPause(() => readInfo(path));
    expect(result.id).toBe("x");
    expect(share).toBeLessThan(0.5);
  });
});
