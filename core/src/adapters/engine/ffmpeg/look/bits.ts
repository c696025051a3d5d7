import { sure } from "./sure.ts";

/** Reads numbers of any width from the bits of some bytes. Behind their end it is unsure. */
export interface BitReader {
  bits(count: number): number;
  flag(): boolean;
  /** An Exp-Golomb code, as H.264 and HEVC use them. */
  golomb(): number;
  signedGolomb(): number;
}

export function bitReader(bytes: Uint8Array): BitReader {
  let at = 0;
  const bits = (count: number): number => {
    sure(count <= 32 && at + count <= bytes.length * 8);
    let value = 0;
    for (let index = 0; index < count; index++, at++) {
      value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    }
    return value;
  };
  const flag = () => bits(1) === 1;
  const golomb = () => {
    let zeros = 0;
    for (; !flag(); zeros++) sure(zeros < 31);
    return 2 ** zeros - 1 + bits(zeros);
  };
  const signedGolomb = () => {
    const code = golomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  };
  return { bits, flag, golomb, signedGolomb };
}
