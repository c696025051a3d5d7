import { describe, expect, test } from "bun:test";
import { trimPlaylist } from "./trim-playlist.ts";

const base = "https://cdn.example/a/list.m3u8?token=1";
const playlist = (...lines: string[]) => `#EXTM3U\n#EXT-X-TARGETDURATION:6\n${lines.join("\n")}\n#EXT-X-ENDLIST\n`;
const segments = (count: number, before: (index: number) => string[] = () => []) =>
  Array.from({ length: count }, (_, index) => [...before(index), "#EXTINF:6.006,", `s${index}.ts`]).flat();
const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });
const addresses = (text = "") => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("a playlist that is trimmed to a clip", () => {
  test("begins a segment early, ends a little late, and says when it begins", () => {
    const trimmed = trimPlaylist(playlist(...segments(20)), base, [range(31, 40)]);
    expect(addresses(trimmed?.text)).toEqual([4, 5, 6, 7].map((index) => `https://cdn.example/a/s${index}.ts`));
    expect(trimmed?.beginsAtSeconds).toBeCloseTo(4 * 6.006, 6);
    expect(trimmed?.text).toEndWith("#EXT-X-ENDLIST\n");
  });

  test("spans all clips, to the end where one has none", () => {
    const trimmed = trimPlaylist(playlist(...segments(10)), base, [range(50, 1e9), range(31, 33)]);
    expect(addresses(trimmed?.text)).toHaveLength(6);
  });

  test("keeps keys with the vectors that they have, and places in a file", () => {
    const before = (index: number) => [
      ...(index % 4 === 0 ? [`#EXT-X-KEY:METHOD=AES-128,URI="key${index}"`] : []),
      `#EXT-X-BYTERANGE:100${index === 0 ? "@50" : ""}`,
    ];
    const text = playlist("#EXT-X-MEDIA-SEQUENCE:7", ...segments(12, before)).replace(/s\d+\.ts/g, "all.mp4");
    const lines = trimPlaylist(text, base, [range(44, 45)])?.text.split("\n") ?? [];
    expect(lines.slice(4, 9)).toEqual([
      `#EXT-X-KEY:METHOD=AES-128,URI="https://cdn.example/a/key4",IV=0x${"d".padStart(32, "0")}`,
      "#EXTINF:6.006,",
      "#EXT-X-BYTERANGE:100@650",
      "https://cdn.example/a/all.mp4",
      `#EXT-X-KEY:METHOD=AES-128,URI="https://cdn.example/a/key4",IV=0x${"e".padStart(32, "0")}`,
    ]);
  });

  test.each([
    ["is live", `#EXTM3U\n${segments(20).join("\n")}\n`],
    ["has discontinuities", playlist(...segments(20), "#EXT-X-DISCONTINUITY", ...segments(2))],
    ["has fragments of MP4", playlist('#EXT-X-MAP:URI="init.mp4"', ...segments(20))],
    ["lists streams", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n#EXT-X-ENDLIST\n"],
    ["has lengths of whole seconds", playlist(...segments(20)).replaceAll("6.006", "6")],
    ["is no playlist", "<html></html>"],
    ["is empty", ""],
    ["has a segment without a length", playlist(...segments(5), "s.ts", ...segments(20))],
  ])("is left as it is when it %s", (_, text) => {
    expect(trimPlaylist(text, base, [range(31, 40)])).toBeNull();
  });

  test("is left as it is when all of it is needed", () => {
    expect(trimPlaylist(playlist(...segments(3)), base, [range(3, 15)])).toBeNull();
  });
});
