import { describe, expect, test } from "bun:test";
import { type Cue, toJson, toMarkdown } from "./index.ts";

const cue = (startSeconds: number, endSeconds: number, text: string): Cue => ({ startSeconds, endSeconds, text });

describe("a transcript as JSON", () => {
  const json = (cues: readonly Cue[]): unknown =>
    JSON.parse([...toJson(cues, { language: "en", automatic: true })].join(""));

  test("has its segments in order, with times in seconds, and the words that the source times", () => {
    const words = [cue(1, 1.25, "one"), cue(1.25, 2, "two")];
    expect(json([cue(3.00049, 3.9999, '"three"\n\u0000'), { ...cue(1, 2, "one two"), words }])).toEqual({
      language: "en",
      automatic: true,
      segments: [{ ...cue(1, 2, "one two"), words }, cue(3, 4, '"three"')],
    });
  });

  test("without speech has no segments", () => {
    expect(json([cue(1, 2, " \n")])).toEqual({ language: "en", automatic: true, segments: [] });
  });
});

describe("a transcript in Markdown", () => {
  const url = "https://www.youtube.com/watch?v=x_(1)";
  const about = { title: "A *title*", url, sourceTime: (seconds: number) => seconds };
  const markdown = (cues: readonly Cue[], rest: Partial<typeof about> = {}) =>
    [...toMarkdown(cues, { ...about, ...rest })].join("");

  test("has paragraphs that begin with a link to their time in the video", () => {
    expect(markdown([cue(0.5, 1, "One."), cue(1, 2, "Two."), cue(3725, 3726, "Three.")])).toBe(
      [
        "# A \\*title\\*\n\n",
        "[0:00](https://www.youtube.com/watch?v=x_%281%29&t=0s) One. Two.\n\n",
        "[1:02:05](https://www.youtube.com/watch?v=x_%281%29&t=3725s) Three.\n",
      ].join(""),
    );
  });

  test("links a clip to where it lies in the whole video, and other sites by a media fragment", () => {
    const clip = { url: "https://video.example/a?b=c#d", sourceTime: (seconds: number) => seconds + 60 };
    expect(markdown([cue(5, 6, "a")], clip)).toContain("\n[0:05](https://video.example/a?b=c#t=65) a\n");
  });

  test("starts a paragraph now and then where nobody pauses", () => {
    const talk = Array.from({ length: 100 }, (_, index) => cue(index, index + 1, index % 10 === 9 ? "end." : "word"));
    expect(markdown(talk).match(/^\[/gm)?.length).toBe(4);
    const breathless = talk.map((one) => ({ ...one, text: "word" }));
    expect(markdown(breathless).match(/^\[/gm)?.length).toBe(2);
  });

  test("lets nothing that is said be markup", () => {
    const said = markdown([cue(0, 1, "# no\n[x](javascript:1) <img src=x> ![a](b) `c` &lt;")], { url: "javascript:1" });
    expect(said).toBe(
      "# A \\*title\\*\n\n0:00 \\# no \\[x\\](javascript:1) \\<img src=x\\> !\\[a\\](b) \\`c\\` &amp;lt;\n",
    );
  });
});
