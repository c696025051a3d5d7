import { describe, expect, test } from "bun:test";
import { publicMessage } from "./public-message.ts";

describe("a line of yt-dlp", () => {
  test.each([
    ["see https://user:pass@a.test/x?sig=1 now", "see https://…@a.test/x?… now"],
    ["(https://a.test/x?y=1) and https://b.test/#z", "(https://a.test/x?…) and https://b.test/?…"],
    ["ftp://me:p@ss@a.test/x", "ftp://…@a.test/x"],
    ["'https://a.test/x?y='https://b.test/z", "'https://a.test/x?…'https://b.test/z"],
    ["https://a.test/https://me:pass@b.test/?c", "https://a.test/https://…@b.test/?…"],
    [
      "https://r1.googlevideo.com:443/videoplayback/expire/1/sig/ABC x",
      "https://r1.googlevideo.com:443/videoplayback/… x",
    ],
    ["https://manifest.googlevideo.com/api", "https://manifest.googlevideo.com/api"],
    ["nothing  to\nhide: a://", "nothing to hide: a://"],
  ])("%p becomes %p", (said, shown) => {
    expect(publicMessage(said)).toBe(shown);
  });

  test("of a megabyte is read once, whatever stands in it", () => {
    const parts = [
      "a",
      "a.",
      "a+a-",
      "https://",
      "https://a",
      "a://b@",
      "://",
      "@",
      "?",
      "https://a?)",
      "googlevideo.com",
      "https://googlevideo.com/a/",
      " ",
      "'",
    ];
    for (const part of parts)
      expect(publicMessage(part.repeat((1 << 20) / part.length)).length).toBeLessThanOrEqual(400);
  });
});
