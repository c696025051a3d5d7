import { describe, expect, test } from "bun:test";
import { type CaptionFormat, captionCues, captionDocument, spokenCues, spokenDocument } from "./captions.ts";

const formats: readonly CaptionFormat[] = ["json3", "vtt", "srt", "srv1", "srv2", "srv3", "ttml"];

describe("captions", () => {
  test.each(formats)("%s holds every line once", (format) => {
    const text = captionDocument(format, captionCues("en"), "en");
    expect(text.split("It has three lines").length).toBe(2);
  });

  test("mark-up characters of the text are escaped where the format has mark-up", () => {
    expect(captionDocument("vtt", captionCues("en"), "en")).toContain("&amp; one &lt;b&gt;tag&lt;/b&gt;.");
    expect(captionDocument("srt", captionCues("en"), "en")).toContain("& one <b>tag</b>.");
  });

  test("times are written as the format wants them", () => {
    const cues = [{ startMs: 3_723_004, endMs: 3_724_000, text: "x" }];
    expect(captionDocument("srt", cues, "en")).toBe("1\n01:02:03,004 --> 01:02:04,000\nx\n");
  });

  test("a language without a text of its own is marked", () => {
    expect(captionCues("nl")[0]?.text).toStartWith("[nl] ");
    expect(captionCues("de-AT")[0]?.text).toStartWith("Hallo");
  });
});

describe("recognised speech", () => {
  const cues = spokenCues("en");

  test("overlaps in json3, with events that only append a line break", () => {
    const { events } = JSON.parse(spokenDocument("json3", cues, "en")) as {
      events: { aAppend?: number; segs?: unknown[] }[];
    };
    expect(events.filter((event) => event.aAppend === 1).length).toBe(cues.length - 1);
    expect(events[0]?.segs).toBeUndefined();
    expect((cues[0]?.endMs ?? 0) > (cues[1]?.startMs ?? 0)).toBe(true);
  });

  test("repeats each line in vtt, as the rolling captions of the site do", () => {
    const text = spokenDocument("vtt", cues, "en");
    expect(text.split("\nit has three lines\n").length).toBe(3);
    expect(text).toContain("it<00:00:03.460><c> has</c>");
  });
});
