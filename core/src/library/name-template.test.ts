import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { maxFileNameBytes, safeFilePath } from "./file-name.ts";
import { type NameValues, nameFields, nameFromTemplate, templateFault, templatePattern } from "./name-template.ts";

const values: NameValues = {
  title: "A/B: the “Film”",
  id: "dQw4w9WgXcQ",
  channel: "Channel",
  extractor: "youtube",
  uploadDate: "2026-03-01",
  uploadYear: "2026",
  uploadMonth: "03",
  duration: "213",
  chapter: "",
  chapterNumber: "",
};
const named = (template: string, changes: Partial<NameValues> = {}, extension = "mp4") =>
  safeFilePath(nameFromTemplate(template, { ...values, ...changes }), extension);

describe("a name template", () => {
  test("is filled with what is known of the video; values name no folder", () => {
    expect(named("{channel}/{uploadDate} {title} [{id}]")).toBe("Channel/2026-03-01 A_B_ the “Film” [dQw4w9WgXcQ].mp4");
    expect(named("{title}", { title: "../../etc/passwd" })).toBe("_.._etc_passwd.mp4");
    expect(named("{channel}/{title}", { channel: ".." })).toBe("A_B_ the “Film”.mp4");
    expect(named("{channel}/{title}", { channel: "a/../.." })).toBe("a_.._/A_B_ the “Film”.mp4");
  });

  test("leaves out folders of which nothing is known", () => {
    expect(named("{channel}/{uploadYear}/{title}", { channel: "", uploadYear: "" })).toBe("A_B_ the “Film”.mp4");
    expect(named("{chapter}", { title: "" })).toBe("untitled.mp4");
  });

  test("is the title where no letter is left, as for what belongs to the whole of a split video", () => {
    expect(named("{channel}/{chapterNumber} - {chapter}")).toBe("Channel/A_B_ the “Film”.mp4");
    expect(named("{title}", { title: "🗼" })).toBe("🗼.mp4");
  });

  test.each([
    ["{channel}/{title}", { channel: "CON", title: "nul" }, "_CON/_nul.mp4"],
    ["{channel}/{title}", { channel: "Ends with dots...", title: " .hidden" }, "Ends with dots/hidden.mp4"],
    ["{title}", { title: "-rf --help" }, "_rf --help.mp4"],
    ["{channel}/{title}", { channel: "-rf", title: "x" }, "_rf/x.mp4"],
    ["{title} {id}", { title: "\u202Egpj\u0000\r\n.exe", id: "a\u2028b" }, "gpj .exe a b.mp4"],
  ] as const)("%j with %j is safe on every file system: %s", (template, changes, expected) => {
    expect(named(template, changes)).toBe(expected);
  });

  test("keeps the id behind a title that is too long, and the same stem for all extensions", () => {
    const title = "長い題名".repeat(60);
    const names = ["mp4", "zh-Hant-HK.vtt", "info.json"].map((extension) =>
      named("{title} [{id}]", { title }, extension),
    );
    for (const name of names) expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(maxFileNameBytes);
    const stems = names.map((name) => name.slice(0, name.indexOf("]") + 1));
    expect(new Set(stems).size).toBe(1);
    expect(stems[0]).toEndWith(" [dQw4w9WgXcQ]");
  });

  test.each([
    ["{tittle}", "there is no field {tittle}; there are {title}, {id}"],
    ["{}", "there is no field {}"],
    ["{constructor}", "there is no field {constructor}"],
    ["{title", "braces stand only around a field"],
    ["{{title}}", "braces stand only around a field"],
    ["../{title}", "no folder may be empty"],
    ["a/./{title}", "no folder may be empty"],
    ["/etc/{title}", "no folder may be empty"],
    ["{title}/", "no folder may be empty"],
    ["a\\{title}", "a backslash"],
    ["1/2/3/4/5/6/{title}", "at most 5 folders"],
  ])("%j is refused: %s", (template, fault) => {
    expect(templateFault(template)).toStartWith(fault);
  });

  test("of any kind makes a name that stays in its folder, in parts that every file system takes", () => {
    const part = fc.oneof(
      fc.constantFrom(...Object.keys(nameFields).map((name) => `{${name}}`), "/", " ", ".", "-"),
      fc.string({ unit: "grapheme", maxLength: 8 }),
    );
    const template = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""));
    const text = fc.string({ unit: "binary", maxLength: 150 });
    const all = fc.record({
      ...values,
      ...Object.fromEntries(Object.keys(nameFields).map((name) => [name, text])),
    } as never);
    fc.assert(
      fc.property(template, all, (written, known) => {
        const isTaken = templateFault(written) === null;
        expect(new RegExp(templatePattern, "u").test(written)).toBe(isTaken);
        if (!isTaken) return;
        for (const one of safeFilePath(nameFromTemplate(written, known as NameValues), "en.srt").split("/")) {
          expect(one).not.toBe("");
          expect(one).not.toMatch(/^[-.\s]|[.\s]$|[\\:*?"<>|\p{Cc}\u202A-\u202E]/u);
          expect(new TextEncoder().encode(one).length).toBeLessThanOrEqual(maxFileNameBytes);
        }
      }),
      { numRuns: 100 },
    );
  });
});
