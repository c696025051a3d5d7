import { describe, expect, test } from "bun:test";
import { createReport, type ReportOptions } from "./report.ts";

function reportTo(options: Partial<ReportOptions> = {}) {
  const out: string[] = [];
  const notes: string[] = [];
  const terminal = {
    out: (line: string) => out.push(line),
    note: (line: string) => notes.push(line),
    interactive: false,
  };
  const report = createReport(terminal, {
    directory: "/videos",
    json: false,
    quiet: false,
    verbose: false,
    ...options,
  });
  return { out, notes, report };
}
const file = { media: null, files: [{ name: "a.mp4", bytes: 1_500_000 }] };
const failure = { code: "video_private", detail: "It is private.", hint: "Give cookies." } as const;

describe("what is told of downloads", () => {
  test("to a person ends with a line of totals, where there was more than one video", () => {
    const { notes, report } = reportTo();
    report.saved("a", file);
    report.total(3);
    expect(notes).toEqual(["saved /videos/a.mp4 (1.5 MB)"]);
    report.existing("b", file);
    report.skipped("c", "known", "it was saved before");
    report.failed("d", failure);
    report.total(200);
    expect(notes.at(-1)).toBe("1 saved (1.5 MB), 1 already here, 1 skipped, 1 failed, in 3 min 20 s");
    expect(report.failures).toBe(1);
  });

  test("quietly is only what failed", () => {
    const { out, notes, report } = reportTo({ quiet: true });
    report.saved("a", file);
    report.warning("a", { code: "subtitles_missing", detail: "None." });
    report.note("waiting");
    report.failed("d", failure);
    report.total(1);
    expect([out, notes]).toEqual([[], ["failed d: It is private.\n  video_private: Give cookies."]]);
  });

  test("to a program is a JSON object a line, each with the version of its form", () => {
    const { out, notes, report } = reportTo({ json: true });
    report.saved("a", file);
    report.existing("b", file);
    report.skipped("c", "unavailable", "gone");
    report.planned("e", "Title");
    report.failed("d", failure);
    report.note("for people");
    report.total(1.4);
    expect([notes, out.map((line): unknown => JSON.parse(line))]).toEqual([
      [],
      [
        { version: 1, url: "a", event: "done", media: null, files: [{ path: "/videos/a.mp4", bytes: 1_500_000 }] },
        {
          version: 1,
          url: "b",
          event: "done",
          existing: true,
          media: null,
          files: [{ path: "/videos/a.mp4", bytes: 1_500_000 }],
        },
        { version: 1, url: "c", event: "skipped", reason: "unavailable", detail: "gone" },
        { version: 1, url: "e", event: "planned", title: "Title" },
        { version: 1, url: "d", event: "error", ...failure },
        {
          version: 1,
          event: "total",
          saved: 1,
          existing: 1,
          skipped: 1,
          planned: 1,
          failed: 1,
          bytes: 1_500_000,
          seconds: 1,
        },
      ],
    ]);
  });
});
