import { describe, expect, test } from "bun:test";
import { isAppError } from "../errors/app-error.ts";
import { parseSourceUrl } from "./source-url.ts";

const code = (text: string, policy?: Parameters<typeof parseSourceUrl>[1]): string => {
  try {
    return `${parseSourceUrl(text, policy).kind}`;
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
};

describe("links of YouTube", () => {
  const id = "dQw4w9WgXcQ";
  test.each([
    `https://www.youtube.com/watch?v=${id}`,
    `http://youtube.com/watch?v=${id}&list=PLabc&index=3&t=42s`,
    `https://m.youtube.com/watch?app=desktop&v=${id}`,
    `https://music.youtube.com/watch?v=${id}`,
    `https://youtu.be/${id}?si=tracking`,
    `https://www.youtube.com/shorts/${id}`,
    `https://www.youtube.com/live/${id}?feature=share`,
    `https://www.youtube.com/embed/${id}`,
    `https://www.youtube-nocookie.com/embed/${id}`,
    `https://www.youtube.com./watch?v=${id}#__youtubedl_smuggle=%7B%7D`,
    `HTTPS://WWW.YOUTUBE.COM/watch?v=${id}`,
  ])("%s is a video, rebuilt from its id alone", (link) => {
    expect(parseSourceUrl(link)).toEqual({
      kind: "video",
      site: "youtube",
      url: `https://www.youtube.com/watch?v=${id}`,
      id,
    });
  });

  test.each([
    ["https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf", "playlist"],
    ["https://www.youtube.com/embed/videoseries?list=PLabc", "playlist"],
    ["https://www.youtube.com/@SomeOne", "channel"],
    ["https://www.youtube.com/@SomeOne/videos", "channel"],
    ["https://www.youtube.com/@%E3%83%86%E3%82%B9%E3%83%88", "channel"],
    ["https://www.youtube.com/channel/UCuAXFkgsw1L7xaCfnd5JJOw", "channel"],
    ["https://www.youtube.com/c/Name", "channel"],
    ["https://www.youtube.com/user/Name", "channel"],
  ])("%s is a %s", (link, kind) => {
    expect(parseSourceUrl(link).kind).toBe(kind as "playlist");
  });

  test.each([
    "https://www.youtube.com/",
    "https://www.youtube.com/watch",
    "https://www.youtube.com/watch?v=short",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ--exec",
    "https://youtu.be/",
    "https://www.youtube.com/redirect?q=http://127.0.0.1/",
    "https://www.youtube.com/results?search_query=x",
    "https://www.youtube.com/playlist?list=",
    "https://www.youtube.com/@%ff",
    "https://user:pass@www.youtube.com/watch?v=dQw4w9WgXcQ",
  ])("%s is refused", (link) => {
    expect(code(link)).toBe("unsupported_url");
  });
});

describe("everything else", () => {
  test.each([
    "",
    "not a url",
    "ytsearch:cats",
    "--exec=id",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "ftp://youtube.com/x",
    `https://youtu.be/${"a".repeat(10_240)}`,
  ])("%p is no link", (text) => {
    expect(code(text)).toBe("unsupported_url");
  });

  test.each([
    "https://example.com/v.mp4",
    "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
    "https://evilyoutube.com/watch?v=dQw4w9WgXcQ",
    "https://www.youtube.com:8443/watch?v=dQw4w9WgXcQ",
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data",
    "http://localhost/",
    "http://metadata.internal/",
  ])("%s names a host that is not allowed", (link) => {
    expect(code(link)).toBe("host_not_allowed");
  });

  test("`*` opens public names but neither addresses nor local names", () => {
    const policy = { allowedHosts: ["*"], allowPrivateHosts: [] };
    expect(code("https://example.com/v.mp4", policy)).toBe("video");
    expect(code("http://127.0.0.1/v.mp4", policy)).toBe("host_not_allowed");
    expect(code("http://8.8.8.8/v.mp4", policy)).toBe("host_not_allowed");
    expect(code("http://printer.local/v.mp4", policy)).toBe("host_not_allowed");
  });

  test("a host is opened with its subdomains, a private one with its port", () => {
    const policy = { allowedHosts: ["example.com"], allowPrivateHosts: ["127.0.0.1:8080"] };
    expect(code("https://cdn.example.com/v.mp4", policy)).toBe("video");
    expect(code("https://notexample.com/v.mp4", policy)).toBe("host_not_allowed");
    expect(code("http://127.0.0.1:8080/v.mp4", policy)).toBe("video");
    expect(code("http://127.0.0.1:8081/v.mp4", policy)).toBe("host_not_allowed");
    expect(code("https://www.youtube.com/watch?v=dQw4w9WgXcQ", policy)).toBe("host_not_allowed");
  });

  test("drops the fragment, where a link could smuggle options to yt-dlp", () => {
    const policy = { allowedHosts: ["*"], allowPrivateHosts: [] };
    expect(parseSourceUrl("https://example.com/a#__youtubedl_smuggle=x", policy).url).toBe("https://example.com/a");
  });
});
