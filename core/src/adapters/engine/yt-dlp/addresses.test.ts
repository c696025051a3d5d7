import { describe, expect, test } from "bun:test";
import { isWebAddress, webOnly } from "./addresses.ts";

const http = { url: "https://cdn.example/a.mp4" };
const foreign = [
  { url: "ftp://10.0.0.1/a.mp4" },
  { url: " FTP://10.0.0.1/a.mp4" },
  { url: "https://cdn.example/a.m3u8", manifest_url: "rtsp://10.0.0.1/a" },
  { fragment_base_url: "ws://10.0.0.1/", fragments: [{ path: "1" }] },
  { fragment_base_url: "https://cdn.example/", fragments: [{ path: "1" }, { path: "ftp://10.0.0.1/2" }] },
  { url: "https://cdn.example/a.m3u8", hls_aes: { uri: "wss://10.0.0.1/key" } },
  { url: "file:///etc/passwd" },
  { url: "rtmp://10.0.0.1/a", play_path: "b" },
];

describe("an info JSON", () => {
  test.each(foreign)("loses what lies at other addresses than http and https: %j", (entry) => {
    const info = {
      formats: [http, entry],
      thumbnails: [entry, http],
      subtitles: { en: [http, entry] },
      automatic_captions: { de: [entry] },
      requested_formats: [http],
    };
    expect(webOnly(info)).toEqual({
      info: {
        formats: [http],
        thumbnails: [http],
        subtitles: { en: [http] },
        automatic_captions: { de: [] },
        requested_formats: [http],
      },
      isChanged: true,
      isLost: false,
    });
  });

  test.each(foreign)("is lost when the chosen format lies there: %j", (entry) => {
    expect(webOnly({ ...http, ...entry }).isLost).toBe(true);
    expect(webOnly({ requested_formats: [http, entry] }).isLost).toBe(true);
  });

  test("keeps everything else as it is, content in the address included", () => {
    const info = {
      ...http,
      title: "ftp://in.a/title",
      description: "see ws://x",
      thumbnail: "http://cdn.example/a.jpg",
      formats: [http, { url: "data:application/x-mpegurl;base64,AAAA" }],
      fragments: [{ path: "segment-1.ts" }, { url: "https://cdn.example/2.ts" }],
    };
    expect(webOnly(info)).toEqual({ info, isChanged: false, isLost: false });
  });

  test("names no picture that a reader could not open", () => {
    expect(webOnly({ thumbnail: "javascript:alert(1)" }).info).toEqual({});
    expect([isWebAddress("HTTPS://a"), isWebAddress("javascript:alert(1)"), isWebAddress("//a")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
