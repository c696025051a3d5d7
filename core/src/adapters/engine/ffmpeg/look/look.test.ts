import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clips, fewUnlessWhole, isWhole, makeClips, type TempDir, tempDir } from "@vidferry/testing";
import { noTelemetry } from "../../../../telemetry/telemetry.ts";
import type { FfmpegTools } from "../execute.ts";
import { installWrappers } from "../guarded-programs.ts";
import { askFfprobe } from "../inspect.ts";
import { readLayout } from "../layout.ts";
import { mediaFileOf } from "../media-file.ts";
import type { Probed } from "../probed.ts";
import { ffmpeg, quietLogger } from "../test-media.ts";
import { lookQuickly } from "./index.ts";
import { lookAtMp4 } from "./mp4.ts";

const picture = (size = "160x90", rate = "30000/1001") => ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${rate}:d=2`];
const tone = ["-f", "lavfi", "-i", "sine=d=2"];
const x264 = (pixels = "yuv420p") => ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", pixels];
const vp9 = (pixels = "yuv420p") => [
  ...["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", pixels],
];
const hdr = (transfer: string) => ["-color_trc", transfer, "-color_primaries", "bt2020", "-colorspace", "bt2020nc"];
const copied = (...rest: readonly string[]) => ["-c", "copy", ...rest];

/** Fragments as they are sent over the web, with an index of all of them. */
const indexed = "+dash+global_sidx+frag_keyframe";

/** What is made of `source.mp4`, a picture that is reordered, and of `sound.m4a`. */
const [both, apart] = [
  ["-i", "source.mp4", "-i", "sound.m4a"],
  ["-i", "source.mp4", "-itsoffset", "0.7", "-i", "sound.m4a"],
];

/** Ordinary files, by name, of which nothing needs ffprobe. */
const ordinary: Readonly<Record<string, readonly string[]>> = {
  "picture.mp4": [...picture("160x90", "25"), ...x264(), "-bf", "0"],
  "plain.mp4": [...picture(), ...x264(), "-profile:v", "baseline"],
  "main.mp4": [...picture(), ...x264(), "-profile:v", "main"],
  "ten-bits.mp4": [...picture(), ...x264("yuv420p10le")],
  "half-colour.mp4": [...picture(), ...x264("yuv422p")],
  "all-colour.mp4": [...picture("161x91"), ...x264("yuv444p")],
  "full-hd.mp4": [...picture("1920x1080", "60"), "-t", "0.2", ...x264()],
  "hlg.mp4": [...picture(), ...x264(), ...hdr("arib-std-b67")],
  "pq.mp4": [...picture(), ...x264(), ...hdr("smpte2084"), "-movflags", "+write_colr"],
  "sdr.mp4": [...picture(), ...x264(), ...hdr("bt709"), "-movflags", "+write_colr"],
  "uneven.mp4": [...picture(), "-vf", "select='not(eq(mod(n,7),3))',setsar=4/3", "-fps_mode", "vfr", ...x264()],
  "one-frame.mp4": [...picture(), "-frames:v", "1", ...x264()],
  "turned.mp4": ["-i", "source.mp4", ...copied("-metadata:s:v", "rotate=90")],
  "upside-down.mp4": ["-i", "source.mp4", ...copied("-metadata:s:v", "rotate=180")],
  "turned-back.mp4": ["-i", "source.mp4", ...copied("-metadata:s:v", "rotate=270")],
  "sound.m4a": [...tone, "-c:a", "aac"],
  "surround.m4a": [...tone, "-c:a", "aac", "-ac", "6"],
  "low.m4a": [...tone, "-c:a", "aac", "-ar", "22050"],
  "both.mp4": [...both, ...copied("-movflags", "+faststart")],
  "behind.mp4": [...both, ...copied()],
  "late.mp4": [...apart, ...copied("-map", "0", "-map", "1")],
  "early.mp4": [...apart, ...copied("-map", "1", "-map", "0")],
  "from-the-middle.mp4": ["-ss", "0.51", ...both, ...copied()],
  "several.mp4": [
    ...[...both, "-map", "0", "-map", "0", "-map", "1", "-map", "1"],
    ...copied("-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=eng", "-disposition:a:1", "0"),
  ],
  "tagged.mp4": [...both, ...copied("-metadata", "title=A", "-metadata", "artist=B", "-metadata", "date=2026-01-01")],
  "av1.mp4": [...picture(), "-c:v", "libsvtav1", "-preset", "12"],
  "av1-ten-bits.mp4": [...picture(), "-c:v", "libsvtav1", "-preset", "12", "-pix_fmt", "yuv420p10le"],
  "vp9.mp4": [...picture(), ...vp9()],
  "opus.mp4": [...tone, "-c:a", "libopus"],
  "fragments.mp4": ["-i", "source.mp4", ...copied("-movflags", `${indexed}+delay_moov`)],
  "sound-in-fragments.m4a": ["-i", "sound.m4a", ...copied("-movflags", indexed, "-frag_duration", "500000")],
  "vp9.webm": [...picture(), ...vp9()],
  "vp9-hdr.webm": [...picture(), ...vp9("yuv420p10le"), ...hdr("smpte2084")],
  "vp9-all-colour.webm": [...picture(), ...vp9("yuv444p")],
  "vp8.webm": [...picture("160x90", "25"), "-c:v", "libvpx", "-deadline", "realtime"],
  "av1.webm": ["-i", "av1.mp4", ...copied()],
  "opus.webm": [...tone, "-c:a", "libopus"],
  "both.webm": ["-i", "vp9.webm", "-i", "opus.webm", ...copied("-map", "0", "-map", "1")],
  "cues-ahead.webm": ["-i", "both.webm", ...copied("-cues_to_front", "1")],
  "languages.webm": [
    ...["-i", "vp9.webm", "-i", "opus.webm", "-i", "opus.webm", "-map", "0", "-map", "1", "-map", "2"],
    ...copied("-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=eng"),
  ],
  "both.mkv": [...both, ...copied("-metadata", "title=A")],
  "late.mkv": ["-i", "source.mp4", "-itsoffset", "0.7", "-i", "opus.webm", ...copied("-map", "0", "-map", "1")],
  "reserved.mp4": [...both, ...copied("-moov_size", "100000")],
};

/** Files of which headers that are read do not tell everything. */
const others: Readonly<Record<string, readonly string[]>> = {
  "all-values.mp4": [...picture(), ...x264("yuvj420p")],
  "gray.mp4": [...picture(), ...x264("gray")],
  "rgb.mp4": [...picture(), "-c:v", "libx264rgb"],
  "interlaced.mp4": [...picture("160x96"), ...x264(), "-flags", "+ildct+ilme"],
  "quicktime.mov": [...both, ...copied()],
  "phone.3gp": [...both, ...copied()],
  "timecode.mp4": [...both, ...copied("-timecode", "01:00:00:00")],
  "without-edits.mp4": [...both, ...copied("-use_editlist", "0")],
  "without-index.mp4": [...both, ...copied("-movflags", "+frag_keyframe+empty_moov")],
  "negative.mp4": [...both, ...copied("-movflags", "+negative_cts_offsets")],
  "surround.webm": [...tone, "-c:a", "libopus", "-ac", "6"],
  "vorbis.webm": [...tone, "-c:a", "libvorbis"],
  "live.webm": ["-i", "vp9.webm", ...copied("-live", "1")],
  "attachment.mkv": [
    ...both,
    ...copied("-attach", fileURLToPath(import.meta.url), "-metadata:s:t", "mimetype=text/plain"),
  ],
  "hevc.mkv": [...picture(), "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"],
  "both.ts": [...both, ...copied()],
};

/** Those that differ in what is read of them. */
const few = [
  ...["uneven.mp4", "turned.mp4", "sound.m4a", "both.mp4", "several.mp4", "av1.mp4", "fragments.mp4", "vp9-hdr.webm"],
  ...["both.webm", "cues-ahead.webm", "both.mkv"],
  ...["interlaced.mp4", "timecode.mp4", "without-index.mp4", "live.webm", "both.ts"],
];
/** Those that others are made of, or that are damaged below. */
const needed = ["vp9.webm", "opus.webm", "behind.mp4"];
const fewOf = (files: typeof ordinary, names = few) =>
  fewUnlessWhole(Object.entries(files), ([name]) => names.includes(name));

let dir: TempDir;
let tools: FfmpegTools;
let clips: Clips;
const at = (name: string) => join(dir.path, name);
/** Makes files, those of the same inputs by one run: FFmpeg takes longer to start than to encode a short file. */
function make(files: readonly (readonly [name: string, args: readonly string[]])[]): void {
  const runs = new Map<string, string[]>();
  for (const [name, args] of files) {
    const inputs = args.slice(0, args.lastIndexOf("-i") + 2);
    const key = JSON.stringify(inputs);
    const run =
      runs.get(key) ??
      inputs.map((arg, index) => (inputs[index - 1] === "-i" && /\.(m|webm)/.test(arg) ? at(arg) : arg));
    run.push(...args.slice(inputs.length), at(name));
    runs.set(key, run);
  }
  for (const run of runs.values()) ffmpeg(...run);
}
beforeAll(async () => {
  [clips, dir] = await Promise.all([makeClips(), tempDir("vidferry-look")]);
  tools = {
    programs: installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" }),
    env: { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8" },
    limits: {},
    stallMs: 60_000,
    logger: quietLogger,
    telemetry: noTelemetry,
  };
  make([
    ["source.mp4", [...picture(), ...x264(), "-bf", "2"]],
    ...fewOf({ ...ordinary, ...others }, [...few, ...needed]),
  ]);
}, 180_000);
afterAll(() => dir[Symbol.asyncDispose]());

const look = (path: string) => lookQuickly(path, statSync(path).size);
const ask = (path: string) => askFfprobe(tools, path, new AbortController().signal);
async function describeAs(probed: Probed, path: string) {
  const bytes = statSync(path).size;
  return mediaFileOf(probed, { path, bytes, layout: await readLayout(path, probed.format.format_name, bytes) });
}

describe("a look without ffprobe", () => {
  test.each(fewOf(ordinary).map(([name]) => name))(
    "at %s says what ffprobe says",
    async (name) => {
      const path = at(name);
      const quick = await look(path);
      if (quick === null) throw new Error("it does not know");
      expect(await describeAs(quick, path)).toEqual(await describeAs(await ask(path), path));
    },
    60_000,
  );

  test("at what the double of YouTube sends says what ffprobe says", async () => {
    const sent = ["18.mp4", "137.mp4", "139.m4a", "251.webm", "303.webm", "335.webm", "394.mp4", "399.mp4"];
    for (const name of fewUnlessWhole(sent, (name) => name === "335.webm")) {
      const path = clips.path(`landscape/${name}`);
      const quick = await look(path);
      expect([name, quick && (await describeAs(quick, path))]).toEqual([name, await describeAs(await ask(path), path)]);
    }
  }, 60_000);

  test.each(fewOf(others).map(([name]) => name))("at %s leaves it to ffprobe", async (name) =>
    expect(await look(at(name))).toBeNull(),
  );
});

/** Numbers that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Where the index of an MP4 begins and ends, with its first fragment, or the headers of a WebM file. */
function indexOf(bytes: Buffer): readonly [number, number] {
  if (bytes.readUInt8(0) === 0x1a) return [0, 1_000];
  const [start, fragment] = [bytes.indexOf("moov") - 4, bytes.indexOf("moof") - 4];
  return [start, fragment > 0 ? fragment + bytes.readUInt32BE(fragment) : start + bytes.readUInt32BE(start)];
}

describe("a damaged file", () => {
  test("that ends anywhere too early, or goes on, is left to ffprobe", async () => {
    for (const name of ["both.mp4", "behind.mp4", "sound.m4a", "fragments.mp4", "both.webm"]) {
      const bytes = readFileSync(at(name));
      for (const share of numbers(7)) {
        const length = Math.floor(share * bytes.length);
        if (length % 40 === 0) break;
        writeFileSync(at("cut.mp4"), bytes.subarray(0, length));
        expect([name, length, await look(at("cut.mp4"))]).toEqual([name, length, null]);
      }
      writeFileSync(at("cut.mp4"), Buffer.concat([bytes, Buffer.alloc(100, 0x7f)]));
      expect(await look(at("cut.mp4"))).toBeNull();
    }
  });

  test("with a changed index is described as ffprobe describes it, or left to it", async () => {
    const random = numbers(11);
    const [rounds, tried] = [20, isWhole ? 20 : 2];
    let described = 0;
    for (const name of ["both.mp4", "several.mp4", "fragments.mp4", "av1.mp4", "both.webm", "both.mkv"]) {
      const bytes = readFileSync(at(name));
      const [start, end] = indexOf(bytes);
      for (let round = 0; round < rounds; round++) {
        const changed = Buffer.from(bytes);
        const place = start + Math.floor(random.next().value * (end - start));
        changed[place] = Math.floor(random.next().value * 256);
        if (round >= tried) continue;
        const path = at("changed.mp4");
        writeFileSync(path, changed);
        const quick = await look(path);
        if (quick === null) continue;
        described += 1;
        const seen = await describeAs(quick, path);
        expect([name, place, changed[place], seen]).toEqual([
          name,
          place,
          changed[place],
          await describeAs(await ask(path), path),
        ]);
      }
    }
    expect(described).toBeGreaterThan(tried / 2);
  }, 180_000);

  test("of a version that FFmpeg does not read is left to ffprobe", async () => {
    // The versions of EBML and of the document that a reader must know, each a byte long.
    for (const version of [Buffer.from([0x42, 0xf7, 0x81]), Buffer.from([0x42, 0x85, 0x81])]) {
      const bytes = readFileSync(at("both.webm"));
      const place = bytes.indexOf(version) + version.length;
      expect(place).toBeLessThan(50);
      bytes.writeUInt8(9, place);
      writeFileSync(at("later.webm"), bytes);
      expect(await look(at("later.webm"))).toBeNull();
    }
  });

  test("with a table that says more than it has is left to ffprobe", async () => {
    for (const table of ["stts", "ctts", "stsz", "stsc", "stco", "stss"]) {
      const bytes = readFileSync(at("both.mp4"));
      // The count of its entries is behind its version, and in one table behind a size of all.
      bytes.writeUInt8(0x7f, bytes.indexOf(table) + (table === "stsz" ? 12 : 8));
      writeFileSync(at("more.mp4"), bytes);
      expect([table, await look(at("more.mp4"))]).toEqual([table, null]);
    }
  });

  test("with an index of absurd size, or of more boxes than any has, is not read", async () => {
    const head = readFileSync(at("both.mp4")).subarray(0, 32);
    const box = (name: string, content: Buffer) => {
      const bytes = Buffer.alloc(8 + content.length);
      bytes.writeUInt32BE(bytes.length);
      bytes.write(name, 4, "latin1");
      return Buffer.concat([bytes.subarray(0, 8), content]);
    };
    const many = Buffer.alloc(1 << 20, box("trak", Buffer.alloc(0)));
    for (const movie of [box("moov", many), box("moov", Buffer.alloc(3 << 20))]) {
      const bytes = Buffer.concat([head, movie, box("mdat", Buffer.alloc(8))]);
      let read = 0;
      const counting = async (from: number, length: number) => {
        read += length;
        return bytes.subarray(from, from + length);
      };
      await expect(lookAtMp4(counting, bytes.length)).rejects.toThrow();
      expect(read).toBeLessThan(2 << 20);
    }
  });

  test("of no sense at all is left to ffprobe", async () => {
    const random = numbers(13);
    for (let round = 0; round < 50; round++) {
      const bytes = Buffer.from(Array.from({ length: 400 }, () => Math.floor(random.next().value * 256)));
      if (round % 2 === 0) readFileSync(at("both.mp4")).copy(bytes, 0, 0, 40);
      writeFileSync(at("noise.mp4"), bytes);
      expect(await look(at("noise.mp4"))).toBeNull();
    }
    expect(await lookQuickly(at("nothing.mp4"), 10)).toBeNull();
  });
});
