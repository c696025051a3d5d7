import type { Buffer } from "node:buffer";
import type { Span } from "./byte-spans.ts";
import { FileChanged } from "./errors.ts";
import type { PartFile } from "./part-file.ts";
import { mayCondition } from "./range-answer.ts";

/** So much of two versions of a file is not alike by accident, and costs nothing to be sent twice. */
const overlapBytes = 4 << 10;

/** Bytes that are there, right before what is asked for; they are asked for again. */
export interface Overlap {
  readonly bytes: number;
  /** Compares what comes with them, and returns what comes behind. @throws FileChanged when they are others now. */
  rest(pieces: readonly Buffer[]): readonly Buffer[];
}

/**
 * What tells whether a file is still the one that was begun, where its origin names it by no strong validator: no request can be made to
 * depend on that, and another file of the same size would be joined to the first. Empty: there is nothing to compare, or no need.
 */
export async function overlapBefore({ identity, done, read }: PartFile, { start }: Span): Promise<Overlap> {
  const isNamed = identity === null || mayCondition(identity.validator);
  const before = isNamed ? undefined : done.find((span) => span.start < start && span.end >= start);
  const known = before && (await read({ start: Math.max(before.start, start - overlapBytes), end: start }));
  const bytes = known?.length ?? 0;
  let at = 0;
  return {
    bytes,
    rest: (pieces) =>
      pieces.flatMap((piece) => {
        const length = Math.min(piece.length, bytes - at);
        if (length > 0 && !known?.subarray(at, at + length).equals(piece.subarray(0, length)))
          throw new FileChanged("it is another file of the same size now");
        at += length;
        return length === piece.length ? [] : [piece.subarray(length)];
      }),
  };
}
