import { describe, expect, test } from "bun:test";
import { readPlaylist, writePlaylist } from "./playlist.ts";

const base = "https://cdn.example/a/list.m3u8?token=1";
const playlist = (...lines: string[]) => `#EXTM3U\n#EXT-X-TARGETDURATION:6\n${lines.join("\n")}\n#EXT-X-ENDLIST\n`;
const segments = (count: number, before: (index: number) => string[] = () => []) =>
  Array.from({ length: count }, (_, index) => [...before(index), "#EXTINF:6.006,", `s${index}.ts`]).flat();
const some = (text: string, first: number, last: number) => {
  const list = readPlaylist(text, base);
  return list === null ? [] : writePlaylist(list, { first, last }).split("\n");
};

describe("a playlist of some of the segments", () => {
  test("is one of its own, with whole addresses", () => {
    expect(some(playlist(...segments(20)), 4, 5)).toEqual([
      "#EXTM3U",
      "#EXT-X-VERSION:7",
      "#EXT-X-TARGETDURATION:7",
      "#EXT-X-PLAYLIST-TYPE:VOD",
      "#EXTINF:6.006,",
      "https://cdn.example/a/s4.ts",
      "#EXTINF:6.006,",
      "https://cdn.example/a/s5.ts",
      "#EXT-X-ENDLIST",
      "",
    ]);
  });

  test("keeps keys with the vectors that they have, and places in a file", () => {
    const before = (index: number) => [
      ...(index % 4 === 0 ? [`#EXT-X-KEY:METHOD=AES-128,URI="key${index}"`] : []),
      ...(index === 7 ? ["#EXT-X-KEY:METHOD=NONE"] : []),
      `#EXT-X-BYTERANGE:100${index === 0 ? "@50" : ""}`,
    ];
    const text = playlist("#EXT-X-MEDIA-SEQUENCE:7", ...segments(12, before)).replace(/s\d+\.ts/g, "all.ts");
    expect(some(text, 6, 7).slice(4, 11)).toEqual([
      `#EXT-X-KEY:METHOD=AES-128,URI="https://cdn.example/a/key4",IV=0x${"d".padStart(32, "0")}`,
      "#EXTINF:6.006,",
      "#EXT-X-BYTERANGE:100@650",
      "https://cdn.example/a/all.ts",
      "#EXT-X-KEY:METHOD=NONE",
      "#EXTINF:6.006,",
      "#EXT-X-BYTERANGE:100@750",
    ]);
  });

  test("keeps what describes fragments of MP4", () => {
    const text = playlist('#EXT-X-MAP:URI="all.mp4",BYTERANGE="700@0"', ...segments(9));
    expect(readPlaylist(text, base)?.init).toEqual({
      url: "https://cdn.example/a/all.mp4",
      span: { start: 0, end: 700 },
    });
    expect(some(text, 3, 3)[4]).toBe('#EXT-X-MAP:URI="https://cdn.example/a/all.mp4",BYTERANGE="700@0"');
  });

  test.each([
    ["is live", `#EXTM3U\n${segments(20).join("\n")}\n`],
    ["has discontinuities", playlist(...segments(20), "#EXT-X-DISCONTINUITY", ...segments(2))],
    ["begins anew", playlist('#EXT-X-MAP:URI="0.mp4"', ...segments(20), '#EXT-X-MAP:URI="1.mp4"', ...segments(2))],
    ["is encrypted otherwise", playlist('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', ...segments(20))],
    ["lists streams", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n#EXT-X-ENDLIST\n"],
    ["is no playlist", "<html></html>"],
    ["is empty", ""],
    ["has a segment without a length", playlist(...segments(5), "s.ts", ...segments(20))],
  ])("is not made of one that %s", (_, text) => {
    expect(readPlaylist(text, base)).toBeNull();
  });
});
