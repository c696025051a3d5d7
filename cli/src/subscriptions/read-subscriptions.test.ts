import { describe, expect, test } from "bun:test";
import { readSubscriptions } from "./read-subscriptions.ts";
import { channelTabs, tabOf } from "./subscription.ts";

const [one, two] = [`UC${"a".repeat(22)}`, `UC${"b".repeat(22)}`];
const channel = (id: string): string => `https://www.youtube.com/channel/${id}`;
const opml = (body: string): string => `\uFEFF<?xml version="1.0"?>\n<opml version="1.1"><body>${body}</body></opml>`;
const feed = (query: string): string => `https://www.youtube.com/feeds/videos.xml?${query}`;

describe("an OPML file", () => {
  test("gives the channels and playlists of YouTube, in folders too, each once, and counts other feeds", () => {
    const text = opml(`
      <outline text="Videos">
        <outline text="One &amp; only" title="" type="rss" xmlUrl="${feed(`channel_id=${one}`)}"/>
        <outline text="deeper"><outline title="Two" text="x" xmlUrl="https://blog.example/rss" htmlUrl="${channel(two)}"/></outline>
      </outline>
      <outline text="again" xmlUrl="${feed(`channel_id=${one}`)}"/>
      <outline text="A list" xmlUrl="${feed("playlist_id=PLsample00000000")}"/>
      <outline text="A user" XMLURL="${feed("user=jawed")}"/>
      <outline text="A handle" url="https://www.youtube.com/@jawed"/>
      <outline text="A blog" xmlUrl="https://blog.example/feed"/>
      <outline text="A video" xmlUrl="https://www.youtube.com/watch?v=dQw4w9WgXcQ"/>
      <outline text="Nothing" xmlUrl=""/>`);
    const { found, others } = readSubscriptions(text);
    expect(found.map(({ title }) => title)).toEqual(["One & only", "Two", "A list", "A user", "A handle"]);
    expect(found.slice(0, 2).map(({ url }) => url.replace(/\/videos$/, ""))).toEqual([channel(one), channel(two)]);
    expect(others).toBe(2);
  });

  test.each([
    ["is cut off", opml("").slice(0, -4)],
    ["is a page", "<html><body>Sign in</body></html>"],
    ["is nested without an end", opml(`${"<outline>".repeat(500)}${"</outline>".repeat(500)}`)],
    ["has an entity of its own", `<!DOCTYPE opml [<!ENTITY x "y">]><opml><body><outline text="&x;"/></body></opml>`],
  ])("that %s is refused", (_, text) => {
    expect(() => readSubscriptions(text)).toThrow(/^(it|its) /);
  });
});

describe("the subscriptions of Takeout", () => {
  test("are read in any language of the account, with commas and quotes in titles", () => {
    const text = `\uFEFFKanal-ID,Kanal-URL,Kanaltitel\r\n${one},http://www.youtube.com/channel/${one},"Wer, wie ""was"""\r\n${two},http://x,Zwei\r\n\r\n`;
    expect(readSubscriptions(text)).toEqual({
      found: [
        { url: expect.stringContaining(channel(one)), title: 'Wer, wie "was"' },
        { url: expect.stringContaining(channel(two)), title: "Zwei" },
      ],
      others: 0,
    });
    expect(readSubscriptions("Channel Id,Channel Url,Channel Title\n").found).toEqual([]);
  });

  test.each([
    ["is another table", "name,age\nada,36\n"],
    ["has a quote that does not end", `a,b,c\n${one},"x\n`],
    ["is empty", " \n"],
  ])("that %s are refused", (_, text) => {
    expect(() => readSubscriptions(text)).toThrow();
  });
});

test("a channel is followed by its videos, shorts or streams, and a playlist as a whole", () => {
  const [first] = readSubscriptions(`a,b,c\n${one},x,One\n`).found;
  if (first === undefined) throw new Error("nothing was found");
  const tabs = channelTabs.map((tab) => tabOf(first, tab));
  expect(tabs.map((tab) => tab?.title)).toEqual(["One", "One: shorts", "One: streams"]);
  expect(tabs.slice(1).map((tab) => tab?.url)).toEqual([`${channel(one)}/shorts`, `${channel(one)}/streams`]);
  const list = { url: "https://www.youtube.com/playlist?list=PLsample00000000", title: "L" };
  expect(channelTabs.map((tab) => tabOf(list, tab))).toEqual([list, null, null]);
});
