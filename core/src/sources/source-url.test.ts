import { describe, expect, test } from "bun:test";
import { isAppError } from "../errors/app-error.ts";
import { isPageAllowed, parseSourceUrl, reachableHosts } from "./source-url.ts";

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
      listUrl: link.includes("list=") ? "https://www.youtube.com/playlist?list=PLabc" : null,
    });
  });

  test.each([
    `https://www.youtube.com/e/${id}`,
    `https://www.youtube.com/vi/${id}`,
    `https://img.youtube.com/vi/${id}/hqdefault.jpg`,
    `https://www.youtube.com/v/${id}?version=3`,
    `https://www.youtube.com/v/${id}&hl=en`,
    `https://www.youtube.com/watch/${id}`,
    `https://www.youtube.com/?v=${id}`,
    `https://www.youtube.com/watch_popup?v=${id}`,
    `https://youtu.be/watch?v=${id}`,
    `https://youtu.be/${id}%3Fsi=tracking`,
    `https://www.youtube.com/shorts/${id}%3Ffeature%3Dshare`,
    `https://www.youtube.com/watch?app=desktop&amp;v=${id}&amp;t=4`,
    `https://www.youtube.com/watch\\?v\\=${id}\\&t\\=4`,
    `https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D${id}%26feature%3Dshare`,
    `https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D${id}&gl=DE`,
  ])("%s is a video in another form", (link) => {
    expect(parseSourceUrl(link)).toMatchObject({ kind: "video", url: `https://www.youtube.com/watch?v=${id}` });
  });

  test.each([
    `youtu.be/${id}`,
    `www.youtube.com/watch?v=${id}`,
    `m.youtube.com/watch?v=${id}`,
    `//youtu.be/${id}`,
    ` \u00a0https://youtu.be/${id}\u200b\n`,
    `<https://youtu.be/${id}>`,
    `"https://youtu.be/${id}"`,
    `“https://youtu.be/${id}”`,
    `(https://youtu.be/${id}).`,
    `https://youtu.be/${id}),`,
    `\`youtu.be/${id}\``,
    `[a title](https://youtu.be/${id} "with words")`,
    `[<b>](<https://youtu.be/${id}>)`,
    `![](https://youtu.be/${id})`,
    `https://youtu.be/${id}!`,
    `'<youtu.be/${id}>',`,
  ])("%p is understood as it was pasted", (text) => {
    expect(parseSourceUrl(text)).toMatchObject({ kind: "video", url: `https://www.youtube.com/watch?v=${id}` });
  });

  test("brackets and full stops inside a link are kept", () => {
    const policy = { allowedHosts: ["*"], allowPrivateHosts: [] };
    expect(parseSourceUrl("example.com/a_(b)", policy).url).toBe("https://example.com/a_(b)");
    expect(parseSourceUrl("(https://example.com/a_(b).mp4)", policy).url).toBe("https://example.com/a_(b).mp4");
    expect(parseSourceUrl("https://example.com/a b.mp4", policy).url).toBe("https://example.com/a%20b.mp4");
    expect(parseSourceUrl("example.com:8443/v.mp4?x=[1]", policy).url).toBe("https://example.com:8443/v.mp4?x=[1]");
  });

  test("a list that a video's link names besides is told, when it can be listed", () => {
    const listUrl = (list: string) => parseSourceUrl(`https://www.youtube.com/watch?v=${id}&list=${list}`).listUrl;
    expect(listUrl("PLabc")).toBe("https://www.youtube.com/playlist?list=PLabc");
    expect(["WL", "LL", `RD${id}`, "x"].map(listUrl)).toEqual([null, null, null, null]);
  });

  test("a watch page without a video is the list it names", () => {
    expect(parseSourceUrl("https://www.youtube.com/watch?list=PLabc")).toMatchObject({
      kind: "playlist",
      url: "https://www.youtube.com/playlist?list=PLabc",
    });
  });

  const base = "https://www.youtube.com";
  test.each([
    ["/@SomeOne", "/@SomeOne/videos"],
    ["/@SomeOne/featured", "/@SomeOne/videos"],
    ["/@SomeOne/shorts?view=0", "/@SomeOne/shorts"],
    ["/@SomeOne/streams", "/@SomeOne/streams"],
    ["/@SomeOne/playlists", "/@SomeOne/playlists"],
    ["/@SomeOne/podcasts", "/@SomeOne/podcasts"],
    ["/@SomeOne/releases", "/@SomeOne/releases"],
    ["/c/Name/shorts", "/c/Name/shorts"],
    ["/user/Name/streams", "/user/Name/streams"],
    ["/channel/UCuAXFkgsw1L7xaCfnd5JJOw/playlists", "/channel/UCuAXFkgsw1L7xaCfnd5JJOw/playlists"],
  ])("%s is the tab that was asked for", (path, url) => {
    expect(parseSourceUrl(`${base}${path}`)).toMatchObject({ kind: "channel", url: `${base}${url}` });
    // What was understood is understood again: links go from process to process.
    expect(parseSourceUrl(`${base}${url}`).url).toBe(`${base}${url}`);
  });

  test.each([
    ["/@SomeOne/live", /broadcasts at the moment/],
    ["/embed/live_stream?channel=UCuAXFkgsw1L7xaCfnd5JJOw", /broadcasts at the moment/],
    ["/@SomeOne/community", /tab \/community/],
    ["/channel/UCuAXFkgsw1L7xaCfnd5JJOw/about", /tab \/about/],
    ["/playlist?list=WL", /signed in/],
    [`/playlist?list=RD${id}`, /mix/],
    ["/clip/UgkxAbc", /clips/],
    ["/browse/MPREb_ionshzGThBb", /page of an album/],
    ["/results?search_query=x", /search/],
  ])("%s is refused in words", (path, words) => {
    expect(() => parseSourceUrl(`${base}${path}`)).toThrow(words);
    expect(code(`${base}${path}`)).toBe("unsupported_url");
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
    "https://studio.youtube.com/video/dQw4w9WgXcQ/edit",
    "https://www.youtube.com/attribution_link?u=https%3A%2F%2Fexample.com%2F",
    "https://www.youtube.com/attribution_link?u=%2Fattribution_link%3Fu%3D%252Fwatch%253Fv%253DdQw4w9WgXcQ",
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

  test("a sentence with a link in it, and a search, are refused in words", () => {
    expect(() => parseSourceUrl("look at https://youtu.be/dQw4w9WgXcQ please")).toThrow(/send the link alone/);
    expect(() => parseSourceUrl("https://youtu.be/dQw4w9WgXcQ\nhttps://youtu.be/dQw4w9WgXcR")).toThrow(/link alone/);
    expect(() => parseSourceUrl("https://youtu.be/dQw4w9WgXcQ in full, please")).toThrow(/send the link alone/);
    expect(() => parseSourceUrl("ytsearch5:cats")).toThrow(/Searches are not supported/);
    expect(() => parseSourceUrl("funny cats")).toThrow("This is not a link.");
  });

  test("no subdomain of YouTube is an ordinary host", () => {
    const policy = { allowedHosts: ["*"], allowPrivateHosts: [] };
    expect(code("https://accounts.youtube.com/x", policy)).toBe("unsupported_url");
    expect(code("https://x.y.youtube.com/x", policy)).toBe("unsupported_url");
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

  test.each([
    "http://localhost../",
    "http://metadata.google.internal../",
    "https://www.youtube.com../watch?v=x",
    "http://a..b/",
  ])("%s names no proper host, whatever is open", (link) => {
    expect(code(link, { allowedHosts: ["*"], allowPrivateHosts: [] })).toBe("unsupported_url");
  });

  test.each(["http://metadata.google.internal./", "http://nas.lan/", "http://metadata.goog/"])(
    "%s is no public name, with `*` neither",
    (link) => {
      expect(code(link, { allowedHosts: ["*"], allowPrivateHosts: [] })).toBe("host_not_allowed");
    },
  );

  test("an IPv6 address may be opened with and without brackets", () => {
    for (const entry of ["::1", "[::1]", "[::1]:8080"]) {
      expect(code("http://[::1]:8080/v.mp4", { allowedHosts: [], allowPrivateHosts: [entry] })).toBe("video");
    }
  });

  test("is read again by whoever runs the job: what would be too long or another link then is so at once", () => {
    const policy = { allowedHosts: ["*"], allowPrivateHosts: [] };
    expect(code(`https://example.com/${"é".repeat(1_000)}`, policy)).toBe("unsupported_url");
    expect(parseSourceUrl("https://example.com/a.#top", policy).url).toBe("https://example.com/a");
    expect(parseSourceUrl("https://example.com/a?b=1&amp;amp;c=2", policy).url).toBe("https://example.com/a?b=1&c=2");
  });

  test("drops the fragment, where a link could smuggle options to yt-dlp", () => {
    const policy = { allowedHosts: ["*"], allowPrivateHosts: [] };
    expect(parseSourceUrl("https://example.com/a#__youtubedl_smuggle=x", policy).url).toBe("https://example.com/a");
  });
});

describe("the page at the end of a link", () => {
  const youtube = { allowedHosts: ["youtu.be"], allowPrivateHosts: [] };
  const some = { allowedHosts: ["example.com"], allowPrivateHosts: ["127.0.0.1:8080"] };
  test.each([
    ["https://www.youtube.com/watch?v=dQw4w9WgXcQ", youtube, true],
    ["https://www.youtube.com/watch?v=dQw4w9WgXcQ", some, false],
    ["https://video.example.com/1", some, true],
    ["https://example.org/1", some, false],
    ["http://127.0.0.1:8080/1", some, true],
    ["http://127.0.0.1:8081/1", some, false],
    ["ftp://example.com/1", some, false],
    ["example.com", some, false],
    ["https://example.org/1", { allowedHosts: ["*"], allowPrivateHosts: [] }, true],
    ["http://10.0.0.1/1", { allowedHosts: ["*"], allowPrivateHosts: [] }, false],
  ])("%s under %j: %p", (page, policy, allowed) => expect(isPageAllowed(page, policy)).toBe(allowed));
});

describe("the hosts that must be reached", () => {
  const of = (...allowedHosts: string[]) => reachableHosts({ allowedHosts, allowPrivateHosts: [] });
  test("are YouTube's and no others while nothing else is open", () => {
    expect(of("youtube.com")).toContain("googlevideo.com");
    expect(of("youtu.be", "www.youtube.com")).toEqual(of("youtube.com"));
    expect(of()).toEqual([]);
  });
  test("are unknown as soon as another site is open", () => {
    expect([of("*"), of("youtube.com", "example.com")]).toEqual([null, null]);
  });
});
