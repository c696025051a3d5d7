import { describe, expect, test } from "bun:test";
import { streamPieces } from "./stream-pieces.ts";

/** A stream that says when it is canceled; it is silent after these pieces, or ends. */
function source(pieces: readonly string[], ends: boolean) {
  const canceled: unknown[] = [];
  const waiting = [...pieces];
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const piece = waiting.shift();
      if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
      else if (ends) controller.close();
      else return new Promise(() => undefined);
    },
    cancel: (reason) => void canceled.push(reason),
  });
  return { stream, canceled };
}

const read = async (stream: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<string[]> => {
  const texts: string[] = [];
  for await (const piece of streamPieces(stream, signal)) texts.push(new TextDecoder().decode(piece));
  return texts;
};

describe("the pieces of a stream", () => {
  test("come in order to the end, and nothing is canceled", async () => {
    const { stream, canceled } = source(["a", "b"], true);
    expect(await read(stream)).toEqual(["a", "b"]);
    expect(canceled).toEqual([]);
  });

  test("a silent source is canceled when the signal aborts", async () => {
    const { stream, canceled } = source(["a"], false);
    const abort = new AbortController();
    const reading = read(stream, abort.signal);
    const reason = new Error("enough");
    setTimeout(() => abort.abort(reason), 5);
    await expect(reading).rejects.toBe(reason);
    expect(canceled).toEqual([reason]);
  });

  test("a source is canceled when whoever reads it leaves early, or was stopped before", async () => {
    const left = source(["a", "b"], true);
    for await (const _ of streamPieces(left.stream, undefined)) break;
    expect(left.canceled).toHaveLength(1);
    const late = source(["a"], true);
    await expect(read(late.stream, AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
    expect(late.canceled).toHaveLength(1);
  });
});
