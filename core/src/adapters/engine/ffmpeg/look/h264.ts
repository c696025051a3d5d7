import { bitReader } from "./bits.ts";
import type { PictureFacts } from "./facts.ts";
import { readSequence, withoutEmulation } from "./h264-parameters.ts";
import { known, sure } from "./sure.ts";

/** Types of units (ITU-T H.264 §7.4.1). */
const unit = { keySlice: 5, message: 6, sequence: 7, picture: 8, delimiter: 9 } as const;
/** Messages that change nothing: of timing and recovery, and what users wrote. */
const harmless = [0, 1, 4, 5, 6];
/** FFmpeg looks for more parameters than its units have where what follows begins in such a way. */
const mostParameterSets = 16;

/** What `avcC` (ISO/IEC 14496-15 §5.3.3.1) says of the pictures. */
export interface H264Config extends PictureFacts {
  /** Whether a decoder reorders pictures; null: only decoding tells. */
  readonly mayReorder: boolean | null;
  readonly lengthBytes: number;
  readonly sequence: Buffer;
  /** Of its sets for pictures. */
  readonly pictureIds: readonly number[];
}

export function readH264(config: Buffer): H264Config {
  sure(config[0] === 1);
  const lengthBytes = (known(config[4]) & 3) + 1;
  const sets: Buffer[] = [];
  let at = 5;
  const readSets = (type: number, mask: number) => {
    const count = known(config[at++]) & mask;
    sure(count >= 1 && count <= mostParameterSets);
    for (let index = 0; index < count; index++) {
      const size = config.readUInt16BE(at);
      const set = config.subarray(at + 2, at + 2 + size);
      sure(set.length === size && size > 1 && (known(set[0]) & 0x9f) === type);
      sets.push(set);
      at += 2 + size;
    }
    return count;
  };
  sure(readSets(unit.sequence, 0x1f) === 1);
  readSets(unit.picture, 0xff);
  const [sequence, ...pictures] = sets;
  const facts = readSequence(known(sequence));
  // Newer profiles are followed by four bytes that repeat the set.
  sure(at === config.length || (facts.profile !== null && /^High/.test(facts.profile) && at + 4 === config.length));
  const pictureIds = pictures.map((set) => bitReader(withoutEmulation(set.subarray(1, 9))).golomb());
  return { ...facts, lengthBytes, sequence: known(sequence), pictureIds };
}

/**
 * Makes sure that the first sample is a key frame of this configuration, with nothing before it that says otherwise: FFmpeg decodes it
 * before it answers. `head` is how it begins, `bytes` how long it is.
 */
export function checkKeyFrame({ lengthBytes, sequence, pictureIds }: H264Config, head: Buffer, bytes: number): void {
  for (let at = 0; ; ) {
    const size = head.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    sure(size > 1 && at + size <= bytes);
    const first = head.readUInt8(at);
    const type = first & 0x1f;
    sure(first < 0x80);
    const content = head.subarray(at + 1, at + size);
    if (type === unit.keySlice) {
      const { golomb } = bitReader(withoutEmulation(content.subarray(0, 16)));
      // It begins with the first block of the picture, and refers to no other one.
      sure(golomb() === 0 && [2, 7].includes(golomb()) && pictureIds.includes(golomb()));
      return;
    }
    if (type === unit.message) checkMessages(content, size - 1);
    else if (type === unit.sequence) sure(head.subarray(at, at + size).equals(sequence));
    else sure(type === unit.picture || type === unit.delimiter);
    at += size;
  }
}

function checkMessages(content: Buffer, size: number): void {
  for (let at = 0; at + 2 <= size; ) {
    const read = () => {
      let value = 0;
      for (; content.readUInt8(at) === 255; at++) value += 255;
      return value + content.readUInt8(at++);
    };
    sure(harmless.includes(read()));
    const length = read();
    at += length;
  }
}
