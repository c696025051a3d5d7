import { afterAll, beforeAll, describe, expect, setSystemTime, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, fewUnlessWhole, onlyWhole, type TempDir, tempDir } from "@vidferry/testing";
import { isAppError } from "../../../errors/index.ts";
import type { Recipe, Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers, type Programs } from "./guarded-programs.ts";
import { ffmpeg, flashAndBeep, makeMedia, probe, quietLogger, recipeFor, seconds, unwatched } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

const testWhole = onlyWhole(test);
let dir: TempDir;
let media: (name: string) => string;
let programs: Programs;
let transcoder: Transcoder;
beforeAll(async () => {
  dir = await tempDir("vidferry ffmpeg's");
  media = makeMedia(dir.path);
  programs = installWrappers(join(dir.path, "wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
});
afterAll(() => dir[Symbol.asyncDispose]());

let count = 0;
async function make(inputs: readonly string[], target: Recipe["target"], rest: Partial<Recipe> = {}) {
  const wanted = await recipeFor(transcoder, inputs.map(media), target, join(dir.path, `out ${++count}`), rest);
  const keep = await transcoder.alignCuts(wanted, { signal: AbortSignal.timeout(30_000) });
  const { path } = await transcoder.shape({ ...wanted, keep }, unwatched());
  const found = probe(path);
  return {
    path,
    found,
    codecs: found.streams.map((stream) => stream.codec_name),
    duration: Number(found.format.duration),
  };
}
let copy: ReturnType<typeof make> | undefined;
/** An MP4 out of one, made once. */
const copied = () => {
  copy ??= make(["both.mp4"], video("mp4"));
  return copy;
};
const video = (container: "mp4" | "mkv" | "webm") => ({ kind: "video", container }) as const;
const audio = (
  format: "best" | "mp3" | "m4a" | "opus" | "flac" | "wav",
  bitrateKbps: number | null = null,
  normalize = false,
) => ({ kind: "audio", format, bitrateKbps, normalize }) as const;

const code = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return isAppError(error) ? `${error.code}: ${error.message}` : error;
};

describe("shaping video", () => {
  const videos = [
    [["h264.mp4", "aac.m4a"], "mp4", ["h264", "aac"]],
    [["vp9.webm", "opus.webm"], "mp4", ["h264", "aac"]],
    [["vp9.webm", "opus.webm"], "mkv", ["vp9", "opus"]],
    [["vp9.webm", "opus.webm"], "webm", ["vp9", "opus"]],
    [["h264.mp4", "aac.m4a"], "webm", ["vp9", "opus"]],
    [["both.ts"], "mp4", ["h264", "aac"]],
    [["h264.mp4"], "mp4", ["h264"]],
  ] as const;
  // One that is encoded; what is copied, and what is out of a transport stream, is tried below.
  test.each(fewUnlessWhole(videos, ([inputs, container]) => inputs[0] === "vp9.webm" && container === "mp4"))(
    "%p becomes %s with %p",
    async (inputs, container, codecs) => {
      const made = await make(inputs, video(container));
      expect(made.path).toEndWith(`.${container}`);
      expect(made.codecs).toEqual([...codecs]);
      expect(made.duration).toBeCloseTo(seconds, 0);
    },
  );

  test("captions are drawn into the picture while they are shown, and nothing in them is a command", async () => {
    const hostile = [
      "{\\alpha&HFF&}",
      "\\N",
      "{\\p1}m 0 0 l 100 0 100 100",
      "&lt;font color=black&gt;",
      "',;[x]:%{pts}",
    ];
    // In a folder whose name is hostile too.
    const [folder, black] = [join(dir.path, "a'b,c;d[e]:f=%g"), join(dir.path, "black.mp4")];
    mkdirSync(folder);
    ffmpeg("-f", "lavfi", "-i", "color=c=black:s=160x90:r=10:d=6", "-c:v", "libx264", "-pix_fmt", "yuv420p", black);
    // In short all that is hostile at once.
    const texts = fewUnlessWhole(["W".repeat(12), ...hostile, hostile.join("")], (text) => text === hostile.join(""));
    for (const said of texts.map((text) => `${text}WWWWWWWW`)) {
      const captions = join(folder, "captions.vtt");
      writeFileSync(captions, `WEBVTT\n\n00:02.000 --> 00:04.000\n${said}\n`);
      const rest = { burnIn: captions, keep: [{ startSeconds: 1, endSeconds: 6 }], exact: true };
      const wanted = await recipeFor(transcoder, [black], video("mp4"), join(folder, "result"), rest);
      const { path } = await transcoder.shape(wanted, unwatched());
      // Seconds in which something is seen.
      const { stderr } = spawnSync(
        "ffmpeg",
        ["-i", path, "-vf", "blackdetect=d=0.2:pic_th=1:pix_th=0.3", "-f", "null", "-"],
        {
          encoding: "utf8",
        },
      );
      const dark = [...stderr.matchAll(/black_start:([\d.]+) black_end:([\d.]+)/g)].map(([, ...at]) => at.map(Number));
      expect([said, dark.map((at) => at.map(Math.round))]).toEqual([
        said,
        [
          [0, 2],
          [4, 5],
        ],
      ]);
    }
  });

  test("an MP4 can be played before it is whole", async () => {
    const { path } = await copied();
    expect(Buffer.from(await Bun.file(path).slice(0, 4096).arrayBuffer()).includes("moov")).toBe(true);
  });

  test("nothing of the source's own tags is carried over", async () => {
    expect(probe(media("both.mp4")).format.tags?.["comment"]).toBe("from the source");
    const { found, codecs, duration } = await copied();
    expect(found.format.tags?.["comment"]).toBeUndefined();
    expect([codecs, Math.round(duration)]).toEqual([["h264", "aac"], seconds]);
  });

  test("a source without picture cannot become a video, one without sound no audio", async () => {
    expect(await code(make(["aac.m4a"], video("mp4")))).toStartWith("format_unavailable: ");
    expect(await code(make(["h264.mp4"], audio("mp3")))).toBe("format_unavailable: the source has no sound");
  });
});

describe("shaping audio", () => {
  const sounds = [
    ["both.mp4", audio("best"), "m4a", "aac"],
    ["opus.webm", audio("best"), "opus", "opus"],
    ["opus.webm", audio("m4a"), "m4a", "aac"],
    ["both.mp4", audio("mp3"), "mp3", "mp3"],
    ["both.mp4", audio("opus"), "opus", "opus"],
    ["both.mp4", audio("flac"), "flac", "flac"],
    ["both.mp4", audio("wav"), "wav", "pcm_s16le"],
  ] as const;
  test.each(fewUnlessWhole(sounds, ([, , extension]) => extension === "mp3"))(
    "%s as %p is a .%s file with %s",
    async (input, target, extension, codec) => {
      const made = await make([input], target);
      expect(made.path).toEndWith(`.${extension}`);
      expect(made.codecs).toEqual([codec]);
      expect(made.duration).toBeCloseTo(seconds, 0);
    },
  );

  testWhole("the bit rate is the one asked for", async () => {
    const made = await make(["both.mp4"], audio("mp3", 64));
    expect(Number(made.found.streams[0]?.bit_rate)).toBe(64_000);
    expect((await make(["aac.m4a"], audio("m4a", 32))).codecs).toEqual(["aac"]);
  });

  testWhole("normalising brings the loudness to -16 LUFS", async () => {
    const { path } = await make(["aac.m4a"], audio("flac", null, true));
    const { stderr } = spawnSync("ffmpeg", ["-hide_banner", "-i", path, "-af", "ebur128", "-f", "null", "-"], {
      encoding: "utf8",
    });
    const loudness = Number(
      /I:\s+(-?[\d.]+) LUFS\s+Threshold[\s\S]*$/.exec(stderr.slice(stderr.lastIndexOf("Summary")))?.[1],
    );
    expect(Math.abs(loudness + 16)).toBeLessThan(1);
  });
});

describe("cutting", () => {
  testWhole("an exact clip has the exact length and begins at zero", async () => {
    const made = await make(["h264.mp4", "aac.m4a"], video("mp4"), {
      keep: [{ startSeconds: 2.5, endSeconds: 6 }],
      exact: true,
    });
    for (const stream of made.found.streams) {
      expect(Math.abs(Number(stream.duration) - 3.5)).toBeLessThan(0.05);
      expect(Math.abs(Number(stream.start_time))).toBeLessThan(0.03);
    }
  });

  test.each(fewUnlessWhole(["both.mp4", "both.ts", "both.mkv"], (input) => input === "both.ts"))(
    "a copied clip of %s begins at the key frame before, sound and picture together",
    async (input) => {
      const made = await make([input], video("mp4"), { keep: [{ startSeconds: 5, endSeconds: 8 }] });
      expect(made.codecs).toEqual(["h264", "aac"]);
      const [picture, sound] = made.found.streams;
      expect(Number(picture?.duration)).toBeGreaterThan(2.9);
      expect(Math.abs(Number(picture?.duration) - Number(sound?.duration))).toBeLessThan(0.2);
      expect(Math.abs(Number(picture?.start_time) - Number(sound?.start_time))).toBeLessThan(0.1);
    },
  );

  const clips = [
    ["copied", false, [{ startSeconds: 5, endSeconds: 9 }]],
    ["exact", true, [{ startSeconds: 5, endSeconds: 9 }]],
    [
      "copied and joined",
      false,
      [
        { startSeconds: 1, endSeconds: 3 },
        { startSeconds: 5, endSeconds: 10 },
      ],
    ],
    [
      "exact and joined",
      true,
      [
        { startSeconds: 1, endSeconds: 3 },
        { startSeconds: 5, endSeconds: 10 },
      ],
    ],
  ] as const;
  // Those of ranges judge cuts of every kind moment by moment.
  onlyWhole(test.each(clips))("a flash and its beep stay together when the clip is %s", async (_, exact, keep) => {
    const inputs = ["flash.mp4", "beep.m4a"];
    const { path } = await make(inputs, video("mp4"), { keep, exact });
    const { flash, beep } = flashAndBeep(path);
    expect(flash).toBeGreaterThan(1);
    expect(Math.abs(flash - beep)).toBeLessThan(0.08);
  });

  testWhole("sound alone is cut where asked", async () => {
    const copied = await make(["aac.m4a"], audio("m4a"), { keep: [{ startSeconds: 2.5, endSeconds: 6 }] });
    expect(Math.abs(copied.duration - 3.5)).toBeLessThan(0.1);
    const encoded = await make(["aac.m4a"], audio("mp3"), { keep: [{ startSeconds: 2.5, endSeconds: 6 }] });
    expect(Math.abs(encoded.duration - 3.5)).toBeLessThan(0.1);
  });

  const twoParts = [
    { startSeconds: 0, endSeconds: 2 },
    { startSeconds: 6, endSeconds: 10 },
  ];
  const joinings = [
    ["copied", false, ["h264", "aac"], 0.25],
    ["exact", true, ["h264", "aac"], 0.1],
  ] as const;
  test.each(fewUnlessWhole(joinings, ([how]) => how === "copied"))(
    "several %s time ranges are joined, and the chapters follow",
    async (_, exact, codecs, tolerance) => {
      const chapters = [
        { title: "first", startSeconds: 0, endSeconds: 2 },
        { title: "cut away", startSeconds: 2, endSeconds: 6 },
        { title: "last", startSeconds: 6, endSeconds: 10 },
      ];
      const made = await make(["h264.mp4", "aac.m4a"], video("mp4"), { keep: twoParts, exact, chapters });
      expect(made.codecs.slice(0, 2)).toEqual([...codecs]);
      expect(Math.abs(made.duration - 6)).toBeLessThan(tolerance);
      expect(
        made.found.chapters.map((chapter) => [
          chapter.tags["title"],
          Number(chapter.start_time),
          Number(chapter.end_time),
        ]),
      ).toEqual([
        ["first", 0, 2],
        ["last", 2, 6],
      ]);
    },
  );

  testWhole("several time ranges of sound are joined, copied or normalised", async () => {
    const copied = await make(["aac.m4a"], audio("m4a"), { keep: twoParts });
    expect(Math.abs(copied.duration - 6)).toBeLessThan(0.15);
    const normalized = await make(["aac.m4a"], audio("mp3", 96, true), { keep: twoParts });
    expect(Math.abs(normalized.duration - 6)).toBeLessThan(0.15);
  });

  test("a clip that reaches beyond the end stops there, and one behind it fails", async () => {
    const keep = [{ startSeconds: 8, endSeconds: 99 }];
    expect((await make(["aac.m4a"], audio("m4a"), { keep })).duration).toBeCloseTo(2, 0);
    const behind = [{ startSeconds: 20, endSeconds: 30 }];
    expect(await code(make(["aac.m4a"], audio("m4a"), { keep: behind }))).toBe(
      "format_unavailable: the clip lies beyond the end of the media",
    );
  });
});

describe("tags, subtitles and covers", () => {
  const hostile = 'a=b; #c \\ "d"\nsecond line \u202Ertl 🚢 -i /etc/passwd';

  const tagged = [
    ["mp4", video("mp4"), ["h264.mp4", "aac.m4a"]],
    ["mkv", video("mkv"), ["h264.mp4", "aac.m4a"]],
    ["mp3", audio("mp3"), ["aac.m4a"]],
    ["m4a", audio("m4a"), ["aac.m4a"]],
    ["opus", audio("opus"), ["opus.webm"]],
    ["flac", audio("flac"), ["aac.m4a"]],
  ] as const;
  test.each(fewUnlessWhole(tagged, ([name]) => name === "mp4"))(
    "survive in %s, whatever they hold",
    async (_, target, inputs) => {
      const made = await make(inputs, target, {
        tags: { title: hostile, artist: "Two Words", "bad key": "x" },
        cover: media("cover.jpg"),
        chapters: [{ title: hostile, startSeconds: 0, endSeconds: 10 }],
      });
      const tags = Object.fromEntries(
        Object.entries({ ...made.found.streams[0]?.tags, ...made.found.format.tags }).map(([key, value]) => [
          key.toLowerCase(),
          value,
        ]),
      );
      expect(tags["title"]).toBe(hostile);
      expect(tags["artist"]).toBe("Two Words");
      const pictures = made.found.streams.filter(
        (stream) => stream.codec_name === "mjpeg" || stream.codec_type === "attachment",
      );
      expect(pictures).toHaveLength(1);
      expect(made.found.chapters[0]?.tags["title"]).toBe(hostile);
    },
  );

  testWhole("a PNG is a cover too", async () => {
    const made = await make(["aac.m4a"], audio("mp3"), { cover: media("cover.png") });
    expect(made.codecs).toEqual(["mp3", "png"]);
  });

  const carriers = [
    ["mp4", ["h264.mp4", "aac.m4a"], "mov_text"],
    ["mkv", ["h264.mp4", "aac.m4a"], "subrip"],
    ["webm", ["vp9.webm", "opus.webm"], "webvtt"],
  ] as const;
  test.each(fewUnlessWhole(carriers, ([container]) => container === "mp4"))(
    "subtitles go into %s with their language",
    async (container, inputs, codec) => {
      const path = join(dir.path, "words.srt");
      writeFileSync(path, "1\n00:00:01,000 --> 00:00:02,000\nHello\n");
      const empty = join(dir.path, "empty.srt");
      writeFileSync(empty, "");
      const made = await make(inputs, video(container), {
        subtitles: [
          { path, language: "pt-BR" },
          { path: empty, language: "fr" },
        ],
      });
      const [subtitles, ...others] = made.found.streams.filter((stream) => stream.codec_type === "subtitle");
      expect([subtitles?.codec_name, subtitles?.tags?.["language"]]).toEqual([codec, "por"]);
      expect(others).toEqual([]);
    },
  );
});

describe("what is finished", () => {
  test.each([
    ["both.mp4", video("mp4"), {}, true],
    ["aac.m4a", audio("best"), {}, true],
    ["aac.m4a", audio("m4a"), {}, true],
    ["both.ts", video("mp4"), {}, false],
    ["both.mkv", video("webm"), {}, false],
    ["both.mp4", audio("m4a"), {}, false],
    ["aac.m4a", audio("m4a", 96), {}, false],
    ["aac.m4a", audio("m4a", null, true), {}, false],
    ["aac.m4a", video("mp4"), {}, false],
    ["opus.webm", audio("best"), {}, false],
    ["index-behind.mp4", video("mp4"), {}, false],
    ["fragments.mp4", video("mp4"), {}, false],
    ["avc3.mp4", video("mp4"), {}, false],
    ["both.mp4", video("mp4"), { tags: {} }, false],
    ["both.mp4", video("mp4"), { keep: [{ startSeconds: 0, endSeconds: 1 }] }, false],
    ["both.mp4", video("mp4"), { cover: "/cover.jpg" }, false],
  ] as const)("%s for %p with %p: %p", async (input, target, rest, finished) => {
    const recipe = await recipeFor(transcoder, [media(input)], target, join(dir.path, "none"), rest);
    expect(transcoder.isFinished(recipe)).toBe(finished);
  });
});

describe("what is no media", () => {
  const inspect = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(dir.path, name), content);
    return code(transcoder.inspect(join(dir.path, name), { signal: AbortSignal.timeout(10_000) }));
  };

  test("a playlist that pretends to be a video and lists another file is refused", async () => {
    const text = `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${media("both.ts")}\n#EXT-X-ENDLIST\n`;
    expect(await inspect("attack.mp4", text)).toStartWith("output_invalid: the file is not what it pretends to be");
    const real = await recipeFor(transcoder, [media("both.mp4")], video("mp4"), join(dir.path, "stolen"));
    const inputs = real.inputs.map((input) => ({ ...input, path: join(dir.path, "attack.mp4") }));
    expect(await code(transcoder.shape({ ...real, inputs }, unwatched()))).toStartWith("processing_failed: ");
    expect(await inspect("concat.mp4", `ffconcat version 1.0\nfile both.ts\n`)).toStartWith("output_invalid: ");
  });

  testWhole("an empty, a cut-off, a textual and a missing file are told apart", async () => {
    const whole = await Bun.file(media("index-behind.mp4")).bytes();
    expect(await inspect("empty.mp4", "")).toBe("output_invalid: the file is empty");
    expect(await inspect("short.mp4", whole.slice(0, 20_000))).toBe(
      "output_invalid: the file is cut off: its index is missing",
    );
    expect(await inspect("page.mp4", "<html><body>Sign in</body></html>".repeat(50))).toStartWith("output_invalid: ");
    expect(await inspect("words.mp4", "1\n00:00:01,000 --> 00:00:02,000\nHello\n")).toStartWith("output_invalid: ");
    const missing = transcoder.inspect(join(dir.path, "missing.mp4"), { signal: AbortSignal.timeout(10_000) });
    expect(await code(missing)).toBe("output_invalid: the file is missing");
    const picture = transcoder.inspect(media("cover.jpg"), { signal: AbortSignal.timeout(10_000) });
    expect(await code(picture)).toStartWith("output_invalid: the file is a picture or a text");
  });

  testWhole("a file with megabytes of tags is looked at for what it is", async () => {
    const [tags, tagged] = [join(dir.path, "tags.txt"), join(dir.path, "tagged.mkv")];
    writeFileSync(tags, `;FFMETADATA1\ncomment=${"x".repeat(3 << 20)}\n`);
    ffmpeg("-i", media("both.mp4"), "-f", "ffmetadata", "-i", tags, "-map_metadata", "1", "-c", "copy", tagged);
    const found = await transcoder.inspect(tagged, { signal: AbortSignal.timeout(10_000) });
    expect(found.streams.map(({ codec }) => codec)).toEqual(["h264", "aac"]);
  });

  onlyWhole(test.each(["mp4", "mkv"] as const))(
    "captions in a %s that go on after picture and sound make it no longer",
    async (name) => {
      writeFileSync(join(dir.path, "after.srt"), "1\n00:00:09,000 --> 00:00:25,000\nlate\n");
      const captions = ["-i", join(dir.path, "after.srt"), "-map", "0", "-map", "1", "-c", "copy"];
      ffmpeg("-i", media("both.mp4"), ...captions, "-c:s", name === "mp4" ? "mov_text" : "srt", media(`after.${name}`));
      const found = await transcoder.inspect(media(`after.${name}`), { signal: AbortSignal.timeout(10_000) });
      expect(found.durationSeconds).toBeCloseTo(seconds, 0);
      expect((await make([`after.${name}`], video("mp4"))).duration).toBeCloseTo(seconds, 0);
    },
  );

  testWhole("chapters that a file has after its picture and sound do not count as its length", async () => {
    const chapters = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=50\ntitle=long\n";
    writeFileSync(join(dir.path, "chapters.txt"), chapters);
    const inputs = ["-i", media("both.mp4"), "-i", join(dir.path, "chapters.txt"), "-i", media("cover.jpg")];
    const maps = ["-map", "0:a", "-map", "2", "-map_metadata", "1", "-disposition:v:0", "attached_pic"];
    ffmpeg(...inputs, ...maps, "-c", "copy", media("long-chapters.m4a"));
    expect(Number(probe(media("long-chapters.m4a")).format.duration)).toBeCloseTo(50, 0);
    const found = await transcoder.inspect(media("long-chapters.m4a"), { signal: AbortSignal.timeout(60_000) });
    expect(found.durationSeconds).toBeCloseTo(seconds, 0);
  });

  const chaptered = [
    ["both.mp4", video("mp4"), seconds],
    ["early-sound.mp4", audio("m4a"), 6],
    ["both.mp4", audio("mp3"), seconds],
  ] as const;
  onlyWhole(test.each(chaptered))(
    "chapters that go on after the media make it no longer: %s as %j",
    async (name, target, length) => {
      if (name === "early-sound.mp4")
        ffmpeg("-i", media("both.mp4"), "-c:v", "copy", "-filter:a", "atrim=end=6", "-c:a", "aac", media(name));
      const chapters = [0, 5, 40].map((startSeconds, index) => {
        return { title: `${index}`, startSeconds, endSeconds: [5, 40, 50][index] ?? 0 };
      });
      const { duration, found } = await make([name], target, { chapters });
      expect(duration).toBeCloseTo(length, 0);
      expect(found.chapters.map(({ tags }) => tags["title"])).toEqual(["0", "1"]);
      expect(Number(found.chapters.at(-1)?.end_time)).toBeCloseTo(length, 0);
    },
  );

  test("a file whose end is missing does not become a shorter result", async () => {
    const { path } = await copied();
    const whole = await Bun.file(path).bytes();
    writeFileSync(join(dir.path, "half.mp4"), whole.slice(0, whole.length / 2));
    expect(await code(make(["half.mp4"], video("mp4")))).toStartWith("output_invalid: the media is cut off");
  });
});

describe("stopping", () => {
  /** A long encode: VP9 from a video that repeats for minutes. */
  async function longRecipe(base: string): Promise<Recipe> {
    const recipe = await recipeFor(transcoder, [media("both.mp4")], video("webm"), join(dir.path, base));
    const ranges = Array.from({ length: 60 }, () => ({ startSeconds: 0, endSeconds: 10 }));
    return { ...recipe, keep: ranges };
  }
  const leftovers = (base: string) => readdirSync(dir.path).filter((name) => name.startsWith(base));
  const running = () => {
    const { stdout } = spawnSync("ps", ["-eo", "args"], { encoding: "utf8" });
    return stdout.split("\n").filter((line) => line.includes(dir.path) && !line.startsWith("ps "));
  };

  testWhole("cancelling in the middle leaves no process and no file", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled by the user");
    const onProgress = () => controller.abort(reason);
    const shaping = transcoder.shape(
      await longRecipe("cancelled"),
      unwatched({ signal: controller.signal, onProgress }),
    );
    expect(await shaping.catch((error: unknown) => error)).toBe(reason);
    expect(running()).toEqual([]);
    expect(leftovers("cancelled")).toEqual([]);
  });

  testWhole("a run that takes too long is stopped", async () => {
    const shaping = transcoder.shape(await longRecipe("late"), unwatched({ timeoutMs: 300 }));
    expect(await code(shaping)).toStartWith("timed_out: ");
    expect(running()).toEqual([]);
    expect(leftovers("late")).toEqual([]);
  });

  testWhole("a clock that is set between two passes uses up no time", async () => {
    const recipe = await recipeFor(transcoder, [media("aac.m4a")], audio("mp3", 96, true), join(dir.path, "clock"));
    const tomorrow = new Date(Date.now() + 86_400_000);
    const shaping = transcoder.shape(recipe, unwatched({ onProgress: () => setSystemTime(tomorrow) }));
    expect(await code(shaping.finally(() => setSystemTime()))).toBeNull();
  });

  test("a signal that is aborted already starts nothing", async () => {
    const reason = new Error("too late");
    const recipe = await recipeFor(transcoder, [media("both.mp4")], video("mkv"), join(dir.path, "never"));
    expect(
      await transcoder.shape(recipe, unwatched({ signal: AbortSignal.abort(reason) })).catch((error: unknown) => error),
    ).toBe(reason);
    expect(leftovers("never")).toEqual([]);
  });

  test("memory that runs out is a failure of its own, and leaves nothing", async () => {
    const poor = ffmpegTranscoder({ programs, logger: quietLogger, limits: { memoryBytes: 60_000 * 1024 } });
    const large = join(dir.path, "large.mp4");
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1920x1080:d=0.2", "-c:v", "libx264", "-preset", "ultrafast", large);
    const recipe = await recipeFor(transcoder, [large], video("webm"), join(dir.path, "poor"));
    expect(await code(poor.shape(recipe, unwatched()))).toStartWith("out_of_memory: ");
    expect(leftovers("poor")).toEqual([]);
  });

  test("being killed from outside is taken for what the system does when memory runs out", async () => {
    const shaping = code(transcoder.shape(await longRecipe("killed"), unwatched()));
    const pid = await eventually(() => {
      const { stdout } = spawnSync("ps", ["-eo", "pid,args"], { encoding: "utf8" });
      const encoder = stdout
        .split("\n")
        .find((line) => /^ *\d+ ffmpeg /.test(line) && line.includes(`${dir.path}/killed`));
      return Number(encoder?.trim().split(" ")[0]);
    });
    process.kill(pid, "SIGKILL");
    expect(await shaping).toStartWith("out_of_memory: ");
    expect(running()).toEqual([]);
    expect(leftovers("killed")).toEqual([]);
  });

  test("a result beyond the limit of a file's size fails and leaves nothing", async () => {
    const small = ffmpegTranscoder({ programs, logger: quietLogger, limits: { fileSizeBytes: 50_000 } });
    const recipe = await recipeFor(transcoder, [media("aac.m4a")], audio("wav"), join(dir.path, "big"));
    expect(await code(small.shape(recipe, unwatched()))).toStartWith("file_too_large: ");
    expect(leftovers("big")).toEqual([]);
  });

  testWhole("progress rises over all passes and ends at one", async () => {
    const told: number[] = [];
    const recipe = await recipeFor(transcoder, [media("aac.m4a")], audio("mp3", null, true), join(dir.path, "told"));
    await transcoder.shape(recipe, unwatched({ onProgress: (fraction) => told.push(fraction) }));
    expect(told.at(-1)).toBe(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.length).toBeGreaterThan(1);
  });
});

describe("the programs", () => {
  testWhole("are found, with their versions and encoders", async () => {
    const checks = await transcoder.check();
    expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "ffmpeg ok",
      "ffprobe ok",
      "burn-in-fonts ok",
      "ffmpeg-encoders ok",
    ]);
    expect(await transcoder.version()).toMatch(/^\S+$/);
  });

  test("that are missing are a failed check and a clear error", async () => {
    const nowhere = installWrappers(join(dir.path, "empty wrappers"), {
      ffmpeg: "/nowhere/ffmpeg",
      ffprobe: "/nowhere/ffprobe",
    });
    const broken = ffmpegTranscoder({ programs: nowhere, logger: quietLogger });
    expect((await broken.check()).map(({ status }) => status)).toEqual(["failed", "failed"]);
    expect(await broken.version()).toBeNull();
    // Of another file the headers would tell enough.
    expect(await code(broken.inspect(media("both.ts"), { signal: AbortSignal.timeout(10_000) }))).toStartWith(
      "tool_missing: ",
    );
  });

  testWhole("that find no font for a letter, or none at all, say so: before, and when captions are drawn", async () => {
    const config = join(dir.path, "fonts.conf");
    const program = join(dir.path, "ffmpeg with these fonts");
    writeFileSync(program, `#!/bin/sh\nFONTCONFIG_FILE="\${0%/*}/fonts.conf" exec ffmpeg "$@"\n`, { mode: 0o755 });
    const wrapped = installWrappers(join(dir.path, "font wrappers"), { ffmpeg: program, ffprobe: "ffprobe" });
    const other = ffmpegTranscoder({ programs: wrapped, logger: quietLogger });
    const captions = join(dir.path, "letters.vtt");
    writeFileSync(captions, "WEBVTT\n\n00:00.000 --> 00:02.000\nA \u{1F9FF}\n");
    const recipe = await recipeFor(other, [media("h264.mp4")], video("mp4"), join(dir.path, "drawn"), {
      burnIn: captions,
    });
    const fontsOf = async () => (await other.check()).find(({ name }) => name === "burn-in-fonts");

    // Where the fonts are that this machine has; a folder without any.
    writeFileSync(config, "<fontconfig><dir>/usr/share/fonts</dir><dir>/System/Library/Fonts</dir></fontconfig>");
    expect((await fontsOf())?.status).toBe("ok");
    expect((await other.shape(recipe, unwatched())).undrawn ?? ["\u{1F9FF}"]).toEqual(["\u{1F9FF}"]);
    writeFileSync(config, `<fontconfig><dir>${join(dir.path, "no fonts")}</dir></fontconfig>`);
    expect(await fontsOf()).toMatchObject({ status: "warning", detail: expect.stringContaining("no fonts") });
    expect(await code(other.shape(recipe, unwatched()))).toBe(
      "processing_failed: the subtitles cannot be drawn: FFmpeg finds no fonts",
    );
  });
});
