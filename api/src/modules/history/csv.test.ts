import { describe, expect, test } from "bun:test";
import { csvLine } from "./csv.ts";

describe("a line of CSV", () => {
  test("has plain values as they are, and nothing for what is not there", () => {
    expect(csvLine(["a title", 5, null, 1.5, ""])).toBe("a title,5,,1.5,\r\n");
  });

  test("quotes what would break the line or the columns", () => {
    expect(csvLine(['He said "no"', "a,b", "two\nlines", "two\r\nlines"])).toBe(
      '"He said ""no""","a,b","two\nlines","two\r\nlines"\r\n',
    );
  });

  test.each([
    ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
    ["+1+1", "'+1+1"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\r=1"`],
    ['=HYPERLINK("http://x.example","y")', `"'=HYPERLINK(""http://x.example"",""y"")"`],
    ["＝1+1", "'＝1+1"],
  ])("lets no spreadsheet take %p for a formula", (text, expected) => {
    expect(csvLine([text])).toBe(`${expected}\r\n`);
  });
});
