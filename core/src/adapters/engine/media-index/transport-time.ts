import type { Buffer } from "node:buffer";

/** Bytes of a packet of a transport stream (ISO 13818-1). */
export const packetBytes = 188;
/** The first byte of each packet. */
export const packetSync = 0x47;
/** Of the clock, in a second. */
export const clockTicks = 90_000;
/** The clock starts anew after so many seconds. */
export const clockSeconds = 2 ** 33 / clockTicks;

/** How much later one time of the clock is than another, less than half of its round: below zero, it is earlier. */
export const clockDistance = (from: number, to: number): number =>
  to - from - clockSeconds * Math.round((to - from) / clockSeconds);

/** Something of a picture or a sound. */
export interface PacketStart {
  /** When it is to be decoded, in seconds. */
  readonly at: number;
  /** When it is shown or heard, in seconds. */
  readonly shownAt: number;
  readonly isPicture: boolean;
}

/** What begins in a packet (2.4.3); null: nothing does, or it is no picture and no sound. */
export function packetStart(packet: Buffer): PacketStart | null {
  // Most packets only go on with what others began.
  if (((packet[1] ?? 0) & 0x40) === 0) return null;
  const control = ((packet[3] ?? 0) >> 4) & 3;
  if ((control & 1) === 0) return null;
  const pes = packet.subarray(control === 3 ? 5 + (packet[4] ?? 0) : 4);
  if (pes.length < 19 || pes.readUIntBE(0, 3) !== 1) return null;
  const id = pes[3] ?? 0;
  const isMedia = id === 0xbd || id === 0xfd || (id >= 0xc0 && id <= 0xef);
  const stamps = (pes[7] ?? 0) >> 6;
  if (!isMedia || stamps < 2) return null;
  const shownAt = stampAt(pes, 9);
  return { at: stamps === 3 ? stampAt(pes, 14) : shownAt, shownAt, isPicture: id >= 0xe0 && id <= 0xef };
}

function stampAt(pes: Buffer, at: number): number {
  const high = ((pes[at] ?? 0) >> 1) & 7;
  return (high * 2 ** 30 + (pes.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (pes.readUInt16BE(at + 3) >> 1)) / clockTicks;
}

/** The stream that a packet is of. */
export const packetStream = (packet: Buffer): number => packet.readUInt16BE(1) & 0x1fff;
