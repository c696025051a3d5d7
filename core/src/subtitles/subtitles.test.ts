import { describe, expect, test } from "bun:test";
import { parseText } from "media-captions";
import { systemClock } from "../adapters/system/clock.ts";
import { type Cue, joinPieces, plainText, toSrt, toText, toVtt, withoutRollingLines } from "./index.ts";

const cue = (startSeconds: number, endSeconds: number, text: string): Cue => ({ startSeconds, endSeconds, text });
const written = (form: (cues: readonly Cue[]) => Iterable<string>, cues: readonly Cue[]) => [...form(cues)].join("");
const two = [cue(0.16, 2.16, "hello this is a"), cue(3661.5, 3663, "test of\ncaptions")];

const hostile = [
  "00:00:01.000 --> 00:00:02.000",
  "one\n\n\n2\n00:00:09,000 --> 00:00:10,000\ninjected",
  "NOTE not a note\r\nSTYLE ::cue{}",
  "<script>alert(1)</script> & <b>bold</b> &lt;",
  "\u200fשלום\u200e \u202eabc",
  "nul\u0000 and bell\u0007",
  "\n \n",
];

describe("SubRip", () => {
  test("numbers the cues and writes times with a comma", () => {
    expect(written(toSrt, two)).toBe(
      "1\n00:00:00,160 --> 00:00:02,160\nhello this is a\n\n2\n01:01:01,500 --> 01:01:03,000\ntest of\ncaptions\n",
    );
  });

  test("lets no text end its cue or pass for a timing line", () => {
    const file = written(
      toSrt,
      hostile.map((text, index) => cue(index, index + 1, text)),
    );
    const blocks = file.trimEnd().split("\n\n");
    expect(blocks).toHaveLength(hostile.length - 1);
    for (const [index, block] of blocks.entries()) {
      expect(block.split("\n")[0]).toBe(String(index + 1));
      expect(block.match(/-->/g)).toHaveLength(1);
    }
  });

  test("gives a cue without length a length, and puts the cues in order", () => {
    expect(written(toSrt, [cue(2, 2, "late"), cue(1, 0, "early")])).toBe(
      "1\n00:00:01,000 --> 00:00:01,001\nearly\n\n2\n00:00:02,000 --> 00:00:02,001\nlate\n",
    );
  });

  test("is empty without cues", () => expect(written(toSrt, [])).toBe(""));
});

describe("WebVTT", () => {
  test("writes a header and times with a point", () => {
    expect(written(toVtt, two.slice(0, 1))).toBe("WEBVTT\n\n00:00:00.160 --> 00:00:02.160\nhello this is a\n");
    expect(written(toVtt, [])).toBe("WEBVTT\n");
  });

  test("gives back every hostile text when it is parsed", async () => {
    const cues = hostile.map((text, index) => cue(index, index + 1, text));
    const parsed = await parseText(written(toVtt, cues), { type: "vtt" });
    expect(parsed.errors).toEqual([]);
    expect(parsed.cues).toHaveLength(hostile.length - 1);
    expect(plainText(parsed.cues[3]?.text ?? "")).toBe("<script>alert(1)</script> & <b>bold</b> &lt;");
    expect(plainText(parsed.cues[1]?.text ?? "")).toBe("one\n2\n00:00:09,000 --> 00:00:10,000\ninjected");
  });

  test("writes a hundred thousand cues", () => {
    const many = Array.from({ length: 100_000 }, (_, index) => cue(index, index + 1, `line ${index}`));
    expect(written(toVtt, many).split("\n\n")).toHaveLength(100_001);
    expect(written(toText, many).split(" ")).toHaveLength(200_000);
  });
});

describe("transcript", () => {
  test("starts a paragraph after more than two seconds of silence", () => {
    const cues = [cue(0, 1, "One."), cue(3, 4, "Two."), cue(6.5, 7, "Three.")];
    expect(written(toText, cues)).toBe("One. Two.\n\nThree.\n");
  });

  test("says again what is said again", () => {
    expect(written(toText, [cue(0, 1, "No."), cue(1, 2, "No."), cue(2, 3, "No.")])).toBe("No. No. No.\n");
  });

  test("is empty when nobody speaks", () => expect(written(toText, [cue(0, 1, " \n")])).toBe(""));
});

describe("writing a day of captions", () => {
  test("lets others run in between", async () => {
    const day = Array.from({ length: 50_000 }, (_, index) => cue(index, index + 1, `line ${index}\nand another`));
    let turns = 0;
    const others = setInterval(() => {
      turns += 1;
    }, 0);
    const text = await joinPieces(toSrt(day), systemClock);
    clearInterval(others);
    expect(text).toBe(written(toSrt, day));
    expect(turns).toBeGreaterThan(1);
  });
});

describe("plain text", () => {
  test("takes out tags, override blocks and entities", () => {
    expect(plainText("<00:00:00.460><c.yellow> this</c> {\\an8}is &amp;lt; &#39;it&#x27; &nbsp;<v Bob>")).toBe(
      "this is &lt; 'it'",
    );
  });

  test.each([
    "1 < 2 && 3 > 2 <3 &unknown; &#xd800; &#9999999;",
    "x <y and z> w",
    "if a<b and c>d",
    "<script>alert(1)</script>",
    "<i think so>",
  ])("leaves what only looks like markup: %s", (text) => {
    expect(plainText(text)).toBe(text);
  });

  test("knows the tags of every format", () => {
    expect(plainText('<font color="red">a</font><br/><v.loud Ann>b</v> <lang en>c</lang> <i.x>d</i> <b>e</b>')).toBe(
      "a\nb c d e",
    );
  });

  test("loses spaces of no width and marks of byte order, but no joiner", () => {
    expect(plainText("a\u200bb\u2060c\ufeffd \u00ade \u{1f468}\u200d\u{1f469} \u0645\u06cc\u200c\u062e")).toBe(
      "abcd e \u{1f468}\u200d\u{1f469} \u0645\u06cc\u200c\u062e",
    );
  });
});

describe("rolling captions", () => {
  test("show each line once", () => {
    const rolled = [
      cue(0.16, 2.15, "hello this is a"),
      cue(2.15, 2.16, "hello this is a"),
      cue(2.16, 4.15, "hello this is a\ntest of captions"),
      cue(4.15, 4.16, "test of captions"),
      cue(4.16, 6, "test of captions\nand more"),
    ];
    expect(withoutRollingLines(rolled)).toEqual([
      cue(0.16, 2.16, "hello this is a"),
      cue(2.16, 4.16, "test of captions"),
      cue(4.16, 6, "and more"),
    ]);
  });

  test("of a hostile file are compared a few lines deep, so huge cues do not hold up the process", () => {
    const lines = "a\n".repeat(200_000);
    const huge = [cue(0, 1, `${lines}b`), cue(1, 2, lines)];
    expect(withoutRollingLines(huge)).toEqual(huge);
  });

  test("keep a line that is said again after a pause", () => {
    const refrain = [cue(0, 1, "la la"), cue(1.5, 2, "la la")];
    expect(withoutRollingLines(refrain)).toEqual(refrain);
  });
});
