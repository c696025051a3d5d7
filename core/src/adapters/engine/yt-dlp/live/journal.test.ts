import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { readJournal } from "./journal.ts";

const segment = (file: number, bytes: number, missing = 0) =>
  `${JSON.stringify({ file, bytes, seconds: 2, sequence: 1, map: null, missing })}\n`;

/** What is read of a journal with this text. */
async function read(text: string) {
  await using dir = await tempDir("vidferry-journal-");
  const name = join(dir.path, "both");
  await writeFile(`${name}.journal`, text);
  const { pieces, ...rest } = await readJournal(name);
  return { ...rest, pieces: pieces.map((piece) => ({ ...piece, path: piece.path.slice(dir.path.length + 1) })) };
}

describe("the journal of a recording", () => {
  test("tells each piece with its length, and what is missing before it", async () => {
    expect(await read(`${segment(0, 10)}${segment(0, 30)}${segment(1, 7, 4)}{"end":"over"}\n`)).toEqual({
      pieces: [
        { path: "both.0", bytes: 30, seconds: 4, missingSeconds: 0 },
        { path: "both.1", bytes: 7, seconds: 2, missingSeconds: 4 },
      ],
      seconds: 6,
      bytes: 37,
      end: "over",
    });
  });

  test("that a dying process left ends with its last whole line", async () => {
    for (const rest of ['{"file":0,"bytes":9', "\u0000\u0000\u0000\n", '{"file":-1}\n'])
      expect(await read(`${segment(0, 10)}${rest}`)).toMatchObject({ pieces: [{ bytes: 10 }], end: null });
  });

  test("that is not there is of nothing", async () => {
    expect(await readJournal("/nowhere/both")).toEqual({ pieces: [], seconds: 0, bytes: 0, end: null });
  });
});
