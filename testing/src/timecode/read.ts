import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { strips, tone } from "./source.ts";

/** What is seen or heard at a time of a file. */
export interface TimecodeSample {
  readonly atSeconds: number;
  /** The source's time; null: silence. */
  readonly sourceSeconds: number | null;
}

/** All that a file shows and plays. Empty: it has no such stream. */
export interface Timecode {
  /** One for each frame. */
  readonly picture: readonly TimecodeSample[];
  /** One for each {@link soundStep}. */
  readonly sound: readonly TimecodeSample[];
}

const rate = 48_000;
/** Time between two samples of the sound, and the length of each, in seconds. */
const soundStep = 0.1;
const soundWindow = 0.04;
/** Cells across the picture; the middle one of each strip is not touched by its neighbours. */
const cells = 9;

/**
 * Decodes a file to its end and reads the timecode that {@link timecodeInputs} wrote. Rejects when FFmpeg reports an error.
 * @param expected What it should have: where it has something else, it is decoded a second time.
 */
export async function readTimecode(path: string, expected: readonly Kind[] = ["picture", "sound"]): Promise<Timecode> {
  // One run for both, for FFmpeg takes longer to start than to decode a short file. It refuses an output without a stream.
  const first = await decode(path, expected);
  const isThere = (kind: Kind) => streamOf[kind].test(first.said);
  const kinds = (["picture", "sound"] as const).filter(isThere);
  const isRight = first.isWhole && kinds.every((kind) => expected.includes(kind));
  const all = isRight || kinds.length === 0 ? first : await decode(path, kinds);
  if (kinds.length > 0 && !all.isWhole) throw cannotDecode(path, all.said);
  return {
    picture: kinds.includes("picture") ? readPicture(all) : [],
    sound: kinds.includes("sound") ? readSound(all) : [],
  };
}

type Kind = keyof Timecode;

/** What FFmpeg says of a file that has such a stream. A cover is no picture that is shown. */
const streamOf: Readonly<Record<Kind, RegExp>> = {
  picture: /^ *Stream #0:\d.*: Video: (?!.*\(attached pic\)$)/m,
  sound: /^ *Stream #0:\d.*: Audio: /m,
};

/** What of a stream FFmpeg writes to a pipe. */
const outputs: Readonly<Record<Kind, readonly string[]>> = {
  picture: [
    ...["-map", "0:V:0?", "-fps_mode", "passthrough", "-f", "rawvideo", "-vf"],
    // The upper half: captions that are burnt in lie below. Grey of a limited range would be stretched to the full one.
    `crop=iw:ih/2:0:0,format=yuv420p,setparams=range=pc,extractplanes=y,scale=${cells}:1:flags=area,showinfo`,
  ],
  // Gaps are filled with silence, so that the place of a sample is its time.
  sound: ["-map", "0:a:0?", "-ac", "1", "-f", "f32le", "-af", `aresample=${rate}:async=1:first_pts=0`],
};

/** What FFmpeg wrote of a file, and what it said meanwhile. */
interface Decoded extends Readonly<Record<Kind, Uint8Array>> {
  readonly said: string;
  /** False: the file has no stream of one of these kinds. */
  readonly isWhole: boolean;
}

function readPicture({ picture, said }: Decoded): TimecodeSample[] {
  const times = [...said.matchAll(/ pts_time:\s*(-?[\d.]+)/g)].map(([, time]) => Number(time));
  return times.map((atSeconds, index) => {
    const level = (cell: number) => (picture[index * cells + cell] ?? 0) - strips.darkest;
    const sixteens = Math.round(level(1) / strips.sixteenSeconds);
    const seconds = Math.round(level(4) / strips.second);
    return { atSeconds, sourceSeconds: sixteens * 16 + seconds + level(7) / strips.fraction };
  });
}

function readSound({ sound }: Decoded): TimecodeSample[] {
  const wave = new Float32Array(sound.buffer, sound.byteOffset, Math.floor(sound.byteLength / 4));
  const samples: TimecodeSample[] = [];
  for (let at = 0; (at + soundWindow) * rate <= wave.length; at += soundStep) {
    const window = wave.subarray(Math.round(at * rate), Math.round((at + soundWindow) * rate));
    const hertz = pitch(window);
    const sourceSeconds = hertz === null ? null : (hertz - tone.base) / tone.rise;
    // The pitch is that of the middle of the window.
    samples.push({ atSeconds: at + soundWindow / 2, sourceSeconds });
  }
  return samples;
}

/** The frequency of a tone, from the first to the last of its upward crossings; null for silence. */
function pitch(window: Float32Array): number | null {
  const loudest = window.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (loudest < 0.02) return null;
  const crossings: number[] = [];
  for (let index = 1; index < window.length; index++) {
    const [before = 0, after = 0] = [window[index - 1], window[index]];
    if (before < 0 && after >= 0) crossings.push(index - after / (after - before));
  }
  const [first, last] = [crossings[0], crossings.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  return ((crossings.length - 1) * rate) / (last - first);
}

async function decode(path: string, kinds: readonly Kind[]): Promise<Decoded> {
  const program = process.env["VIDFERRY_FFMPEG"] ?? "ffmpeg";
  const pipes = { picture: 3, sound: 4 } as const;
  const args = ["-nostdin", "-hide_banner", "-v", "info", "-xerror", "-i", path];
  for (const kind of kinds) args.push(...outputs[kind], `pipe:${pipes[kind]}`);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
  const read = (pipe: number) => collect(child.stdio[pipe] as Readable);
  const [said, picture, sound, code] = await Promise.all([
    read(2),
    read(pipes.picture),
    read(pipes.sound),
    new Promise<number | null>((done, failed) => child.once("error", failed).once("close", done)),
  ]);
  const text = new TextDecoder().decode(said);
  if (code === 0) return { picture, sound, said: text, isWhole: true };
  if (/does not contain any stream|matches no streams/.test(text))
    return { picture, sound, said: text, isWhole: false };
  throw cannotDecode(path, text);
}

const cannotDecode = (path: string, said: string) =>
  new Error(`${path} cannot be decoded: ${said.trim().split("\n").slice(-3).join(" ")}`);

async function collect(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  // A copy of its own: samples of four bytes need an aligned start.
  return new Uint8Array(Buffer.concat(chunks));
}
