import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isAppError } from "../errors/app-error.ts";
import { type HostPolicy, isPageAllowed, parseSourceUrl, type SourceUrl } from "./source-url.ts";

const everyPublicHost: HostPolicy = { allowedHosts: ["*"], allowPrivateHosts: [] };
const one: HostPolicy = { allowedHosts: ["example.com"], allowPrivateHosts: ["127.0.0.1:8080", "::1"] };
const policies = [everyPublicHost, one, { allowedHosts: ["youtube.com"], allowPrivateHosts: [] }];

const refusals = new Set(["unsupported_url", "host_not_allowed"]);

/** The link, or null when it is refused with a code of a refused link; anything else fails the property. */
function parsed(text: string, policy: HostPolicy): SourceUrl | null {
  try {
    return parseSourceUrl(text, policy);
  } catch (error) {
    if (isAppError(error) && refusals.has(error.code)) return null;
    throw error;
  }
}

const characters = (text: string, constraints: fc.ArrayConstraints = {}) =>
  fc.array(fc.constantFrom(...text), constraints).map((list) => list.join(""));
const idCharacters = "ABCXYZabcxyz0189_-";
const videoId = characters(idCharacters, { minLength: 11, maxLength: 11 });

const address = fc.constantFrom("127.0.0.1", "[::1]", "0x7f.1", "2130706433", "169.254.169.254", "[::ffff:10.0.0.1]");
const host = fc.oneof(
  fc.constantFrom(
    "example.com",
    "cdn.example.com",
    "example.com.",
    "notexample.com",
    "nas",
    "nas.lan",
    "münchen.example",
  ),
  fc.constantFrom("www.youtube.com", "youtu.be", "m.youtube.com.", "consent.youtube.com", "youtube.com.evil.example"),
  fc.constantFrom("metadata.google.internal", "localhost", "a..b", "example.com%2f@nas"),
  address,
);
const pieces = fc.oneof(
  fc.constantFrom("a", "%2e", "%", "(", ")", "[", "]", "<", ">", "{", "}", '"', "'", "`", "“", "”", "«", "»", "‘", "’"),
  fc.constantFrom(
    ".",
    ",",
    ";",
    ":",
    "!",
    "…",
    "#",
    "?",
    "&",
    "=",
    "/",
    "\\",
    "&amp;",
    "amp;",
    " ",
    "\u200b",
    "\n",
    "é",
  ),
  fc.constantFrom("watch", "v=dQw4w9WgXcQ", "list=PLabc", "@SomeOne", "shorts", "playlist", "dQw4w9WgXcQ", "//"),
);
const tail = fc.array(pieces, { maxLength: 24 }).map((list) => list.join(""));
const link = fc
  .tuple(
    tail,
    fc.constantFrom("https://", "http://", "HTTPS://", "", "//", "ftp://", "javascript:"),
    fc.constantFrom("", "", "", "user@", "user:secret@", ":@", "www.youtube.com@"),
    host,
    fc.constantFrom("", "", "", ":80", ":443", ":8080", ":8443"),
    fc.constantFrom("", "/", "/v.mp4", "/watch?v=dQw4w9WgXcQ"),
    tail,
  )
  .map(([before, scheme, user, name, port, path, after]) => `${before}${scheme}${user}${name}${port}${path}${after}`);
const text = fc.oneof(
  { arbitrary: link, weight: 6 },
  { arbitrary: fc.webUrl({ withFragments: true, withQueryParameters: true }), weight: 2 },
  { arbitrary: fc.string({ unit: "binary", maxLength: 200 }), weight: 1 },
  { arbitrary: fc.nat(2_500).map((length) => `https://example.com/${"é".repeat(length)}`), weight: 1 },
);
const policy = fc.constantFrom(...policies);
const often = { numRuns: 1_000 };

describe("whatever the text", () => {
  test("it is a link, or refused with a code of a refused link", () => {
    fc.assert(
      fc.property(text, policy, (written, hosts) => {
        parsed(written, hosts);
      }),
      often,
    );
  });

  test("what was understood is understood again as the same, wherever it is passed on to", () => {
    fc.assert(
      fc.property(text, policy, (written, hosts) => {
        const source = parsed(written, hosts);
        // The list is told when the link is read; the canonical link of a video names none.
        if (source !== null) expect(parseSourceUrl(source.url, hosts)).toEqual({ ...source, listUrl: null });
      }),
      often,
    );
  });

  test("a link has no user name, no password and no fragment, and only a scheme of the web", () => {
    fc.assert(
      fc.property(text, policy, (written, hosts) => {
        const source = parsed(written, hosts);
        if (source === null) return;
        const url = new URL(source.url);
        expect([url.href, url.username, url.password, url.hash]).toEqual([source.url, "", "", ""]);
        expect(url.protocol).toMatch(/^https?:$/);
      }),
      often,
    );
  });

  test("a link names only hosts and ports that the policy opens", () => {
    fc.assert(
      fc.property(text, policy, (written, hosts) => {
        const source = parsed(written, hosts);
        if (source === null) return;
        const url = new URL(source.url);
        if (source.site === "youtube") return expect(url.origin).toBe("https://www.youtube.com");
        expect(isPageAllowed(source.url, hosts)).toBe(true);
        if (hosts === everyPublicHost) expect(url.hostname).toMatch(/\.[a-z][a-z0-9-]*\.?$/);
        if (hosts === one) {
          const isOpened = /(^|\.)example\.com\.?$/.test(url.hostname) || url.hostname === "[::1]";
          expect(isOpened || url.host === "127.0.0.1:8080").toBe(true);
        }
      }),
      often,
    );
  });
});

describe("whatever the id", () => {
  const query = fc.constantFrom("", "t=42s", "si=tracking", "feature=share", "index=3");
  test("every form of a video's link is its canonical link", () => {
    const forms: readonly ((id: string, extra: string) => string)[] = [
      (id, extra) => `https://www.youtube.com/watch?v=${id}&${extra}`,
      (id, extra) => `http://m.youtube.com/watch?${extra}&v=${id}`,
      (id, extra) => `https://music.youtube.com./watch?v=${id}&${extra}#x`,
      (id, extra) => `youtu.be/${id}?${extra}`,
      (id, extra) => `https://www.youtube.com/shorts/${id}?${extra}`,
      (id, extra) => `https://www.youtube.com/live/${id}?${extra}`,
      (id, extra) => `https://www.youtube-nocookie.com/embed/${id}?${extra}`,
      (id, extra) => `(https://www.youtube.com/v/${id}?${extra}),`,
    ];
    fc.assert(
      fc.property(videoId, query, fc.constantFrom(...forms), (id, extra, form) => {
        expect(parseSourceUrl(form(id, extra))).toEqual({
          kind: "video",
          site: "youtube",
          url: `https://www.youtube.com/watch?v=${id}`,
          id,
          listUrl: null,
        });
      }),
      often,
    );
  });

  test("every form of a playlist's link is its canonical link", () => {
    const listId = characters(idCharacters, { minLength: 10, maxLength: 32 }).map((rest) => `PL${rest}`);
    fc.assert(
      fc.property(listId, fc.constantFrom("playlist", "watch", "embed/videoseries"), (id, path) => {
        const source = parseSourceUrl(`https://m.youtube.com/${path}?list=${id}`);
        expect(source).toMatchObject({ kind: "playlist", id, url: `https://www.youtube.com/playlist?list=${id}` });
      }),
    );
  });

  test("every form of a channel's link is the link of its tab", () => {
    // A full stop at the end is taken for that of a sentence.
    const name = characters("abcXYZ019._-", { minLength: 1, maxLength: 30 }).map((text) => text.replace(/\.$/, "a"));
    const channelId = characters(idCharacters, { minLength: 22, maxLength: 22 });
    const path = fc.oneof(
      name.map((text) => `@${text}`),
      name.map((text) => `c/${text}`),
      name.map((text) => `user/${text}`),
      channelId.map((text) => `channel/UC${text}`),
    );
    fc.assert(
      fc.property(path, fc.constantFrom("", "/videos", "/featured", "/home/"), (channel, tab) => {
        expect(parseSourceUrl(`https://youtube.com/${channel}${tab}`)).toMatchObject({
          kind: "channel",
          url: `https://www.youtube.com/${channel}/videos`,
        });
      }),
    );
  });
});
