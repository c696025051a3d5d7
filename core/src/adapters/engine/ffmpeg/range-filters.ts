import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";

/** The sound that keeps the time of pieces that have none. */
const pace = "anullsrc=r=48000:cl=mono";

/** A range of the media, and the pads of its streams. The clock of the sounds begins with it. */
export interface Piece {
  readonly range: TimeRange;
  readonly picture: PieceOfPicture | null;
  readonly sounds: readonly string[];
}

/** The picture of a range. What the source does not say is null. */
export interface PieceOfPicture {
  readonly pad: string;
  /** Where the range begins on its clock, in seconds. */
  readonly startsAt: number;
  readonly fps: number | null;
  readonly width: number | null;
  readonly height: number | null;
}

/** Filters, and the pads that come out of them. */
export interface Filters {
  readonly graph: string;
  readonly video: string | null;
  readonly audio: readonly string[];
}

const seconds = (value: number): string => value.toFixed(6);
const lengthOf = ({ range }: Piece): number => range.endSeconds - range.startSeconds;

/**
 * Joins pieces so that each takes exactly as long as its range, whatever its streams hold of it: what was shown before a range is shown
 * until the next frame, the last frame until the end, and silence fills what the sound lacks.
 *
 * FFmpeg joins by the longest stream of each piece and guesses how long its last frame lasts, from all frames of it. At half speed that
 * guess cannot be longer than the sound, so the sound alone sets where the next piece begins; the joined picture is set back to its speed.
 */
export function joinRanges(pieces: readonly Piece[]): Filters {
  const [first] = pieces;
  const hasPicture = first !== undefined && first.picture !== null;
  const count = first?.sounds.length ?? 0;
  const isPaced = hasPicture && count === 0 && pieces.length > 1;
  const isJoined = pieces.length > 1;
  const chains = pieces.flatMap((piece, index) => [
    ...(piece.picture === null ? [] : [`${pictureChain(piece.picture, lengthOf(piece), isJoined)}[v${index}]`]),
    ...piece.sounds.map((pad, sound) => `[${pad}]${soundChain(lengthOf(piece))}[a${index}s${sound}]`),
    ...(isPaced ? [`${pace}${paceLength(lengthOf(piece))}[a${index}s0]`] : []),
  ]);
  if (!isJoined) {
    const audio = Array.from({ length: count }, (_, sound) => `[a0s${sound}]`);
    return { graph: chains.join(";"), video: hasPicture ? "[v0]" : null, audio };
  }
  const sounds = isPaced ? 1 : count;
  const pads = pieces.flatMap((_, index) => [
    ...(hasPicture ? [`[v${index}]`] : []),
    ...Array.from({ length: sounds }, (_, sound) => `[a${index}s${sound}]`),
  ]);
  const audio = Array.from({ length: sounds }, (_, sound) => `[a${sound}]`);
  const concat = `concat=n=${pieces.length}:v=${hasPicture ? 1 : 0}:a=${sounds}`;
  chains.push(`${pads.join("")}${concat}${hasPicture ? "[half]" : ""}${audio.join("")}`);
  if (hasPicture) chains.push(`[half]setpts='${fullSpeed(pieces.map(lengthOf))}'[v]`);
  if (isPaced) chains.push(`${audio.join("")}anullsink`);
  return { graph: chains.join(";"), video: hasPicture ? "[v]" : null, audio: isPaced ? [] : audio };
}

/** Slides that stand for seconds are repeated, so that one is there wherever a range begins. */
const rate = "fps='max(source_fps,10)'";
/** Repeats the last frame, at the rate that it comes with, for as long as it takes. */
const standing = "tpad=stop=-1:stop_mode=clone";

function pictureChain(
  { pad, startsAt, fps, width, height }: PieceOfPicture,
  length: number,
  isJoined: boolean,
): string {
  const size = `${width}:${height}`;
  const filters = [
    // Pieces are joined that are alike. Within one the size may change, where an advertisement was put in.
    ...(isJoined && width !== null && height !== null
      ? [`scale=${size}:force_original_aspect_ratio=decrease`, `pad=${size}:(ow-iw)/2:(oh-ih)/2`]
      : []),
    ...(startsAt === 0 ? [] : [`setpts=PTS-${seconds(startsAt)}/TB`]),
    ...(fps === null ? ["fps=25"] : []),
    // To an end that nobody knows nothing is filled up.
    ...(Number.isFinite(length) ? [standing] : []),
    rate,
    Number.isFinite(length) ? `trim=start=0:end=${seconds(length)}` : "trim=start=0",
    // Half of a time is not a multiple of the frame's.
    ...(isJoined ? ["settb=AVTB", "setpts=PTS/2"] : []),
  ];
  return `[${pad}]${filters.join(",")}`;
}

function soundChain(length: number): string {
  if (!Number.isFinite(length)) return "atrim=start=0,aresample=async=1:first_pts=0";
  const end = seconds(length);
  // Where nothing is heard at all, what is put in has no times of its own, and no piece behind it would be joined.
  const filled = `aresample=async=1:first_pts=0,apad=whole_dur=${end},asetpts=N/SR/TB`;
  return `atrim=start=0:end=${end},${filled},atrim=end=${end}`;
}

/** Nothing comes behind a piece of unknown length, so that it needs no pace. */
const paceLength = (length: number): string => `,atrim=end=${seconds(Number.isFinite(length) ? length : 0.1)}`;

/** The expression that sets each piece back to its speed: twice the time, less the starts of the pieces before. */
function fullSpeed(lengths: readonly number[]): string {
  let start = 0;
  const before = lengths.slice(0, -1).map((length) => {
    start += length;
    // At half speed nothing lies in the second half of a piece.
    return `${seconds(length)}*gte(T,${seconds(start - length / 4)})`;
  });
  return `2*PTS-(${before.join("+")})/TB`;
}
