/** What to make of the timecode. */
export interface TimecodeOptions {
  readonly seconds: number;
  /** Source time of the first frame. Default: 0. */
  readonly startSeconds?: number;
  /** Default: 25. */
  readonly fps?: number;
  /** Width and height of the picture. Default: 96x32. */
  readonly size?: string;
}

/** Grey levels of the strips: a step for each value, far enough apart to survive an encoder. */
export const strips = { darkest: 20, sixteenSeconds: 12, second: 13, fraction: 200 } as const;

/** The tone's frequency at time zero, and how much it rises in a second, in hertz. */
export const tone = { base: 400, rise: 40 } as const;

/** Longest source time that the strips can tell. */
const longestSeconds = 256;

/**
 * FFmpeg arguments for two inputs, a picture and a sound, that tell the source's time at every moment: three grey strips
 * (sixteens of seconds, seconds, fraction) and a tone that rises steadily. {@link readTimecode} reads both back from whatever was
 * made of them, so a test judges what is seen and heard instead of what a file says of itself.
 */
export function timecodeInputs(options: TimecodeOptions): string[] {
  return [...pictureInput(options), ...soundInput(options)];
}

/** The picture alone. */
export function pictureInput({ seconds, startSeconds = 0, fps = 25, size = "96x32" }: TimecodeOptions): string[] {
  if (startSeconds + seconds > longestSeconds) throw new RangeError(`the timecode ends at ${longestSeconds} s`);
  const { darkest, sixteenSeconds, second, fraction } = strips;
  // Half a frame in, so that rounding never tells the second before.
  const time = `(T+${startSeconds + 0.001})`;
  const level = [
    `if(lt(X,W/3),${darkest}+${sixteenSeconds}*floor(${time}/16)`,
    `if(lt(X,2*W/3),${darkest}+${second}*mod(floor(${time}),16),${darkest}+${fraction}*mod(${time},1)))`,
  ].join(",");
  // A dot for each strip, then enlarged: an expression for each dot of the whole picture costs more than to encode it.
  const dots = `color=c=black:s=3x1:r=${fps}:d=${seconds},format=yuv444p,geq=lum='${level}':cb=128:cr=128`;
  const graph = `${dots},scale=${size.replace("x", ":")}:flags=neighbor,format=yuv420p`;
  return ["-f", "lavfi", "-i", graph];
}

/** The sound alone. */
export function soundInput({ seconds, startSeconds = 0 }: TimecodeOptions): string[] {
  const time = `(t+${startSeconds})`;
  const wave = `0.5*sin(2*PI*(${tone.base}*${time}+${tone.rise / 2}*${time}*${time}))`;
  return ["-f", "lavfi", "-i", `aevalsrc='${wave}':s=48000:d=${seconds}`];
}
