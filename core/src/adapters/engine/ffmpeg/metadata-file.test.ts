import { describe, expect, test } from "bun:test";
import { formatMetadata, pictureBlock } from "./metadata-file.ts";

describe("metadata files", () => {
  test("escape what has a meaning, and drop what no tag can hold", () => {
    expect(formatMetadata({ title: "a=b;c#d\\e\nf\r\ng\0h" }, [])).toBe(
      ";FFMETADATA1\ntitle=a\\=b\\;c\\#d\\\\e\\\nf\\\ngh\n",
    );
  });

  test("a value cannot begin a section of its own", () => {
    const text = formatMetadata({ comment: "x\n[CHAPTER]\nSTART=0" }, []);
    expect(text).toBe(";FFMETADATA1\ncomment=x\\\n[CHAPTER]\\\nSTART\\=0\n");
  });

  test("names that are no words are left out, and endless values cut", () => {
    const text = formatMetadata({ "a b": "x", "": "x", "a=": "x", ok_1: "y".repeat(100_000) }, []);
    expect(text.length).toBeLessThan(20_000);
    expect(text.split("\n")).toHaveLength(3);
  });

  test("chapters are in milliseconds", () => {
    expect(formatMetadata({}, [{ title: "One", startSeconds: 0, endSeconds: 1.2345 }])).toBe(
      ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1235\ntitle=One\n",
    );
  });

  test("chapters are tags where they are written as those", () => {
    const chapters = [{ title: "a=b", startSeconds: 3_661.2345, endSeconds: 4_000 }];
    expect(formatMetadata({}, chapters, null, true)).toBe(
      ";FFMETADATA1\nCHAPTER001=01:01:01.235\nCHAPTER001NAME=a\\=b\n",
    );
  });

  test("a picture becomes a FLAC picture block", () => {
    const block = Buffer.from(pictureBlock(new Uint8Array([1, 2, 3]), "image/png"), "base64");
    expect([block.readUInt32BE(0), block.readUInt32BE(4), block.toString("latin1", 8, 17)]).toEqual([
      3,
      9,
      "image/png",
    ]);
    expect([block.readUInt32BE(37), ...block.subarray(41)]).toEqual([3, 1, 2, 3]);
  });
});
