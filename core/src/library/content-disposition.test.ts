import { expect, test } from "bun:test";
import fc from "fast-check";
import { contentDisposition } from "./content-disposition.ts";

test.each([
  ["clip.mp4", 'attachment; filename="clip.mp4"'],
  ["Schöner Tag.mp4", "attachment; filename=\"Schoner Tag.mp4\"; filename*=UTF-8''Sch%C3%B6ner%20Tag.mp4"],
  ["🗼.mp4", "attachment; filename=\"download-506bc642.mp4\"; filename*=UTF-8''%F0%9F%97%BC.mp4"],
  ["東京 live.mp4", "attachment; filename=\"_ live-dcc1abb6.mp4\"; filename*=UTF-8''%E6%9D%B1%E4%BA%AC%20live.mp4"],
  ['say "hi" 100%.mp4', "attachment; filename=\"say _hi_ 100_.mp4\"; filename*=UTF-8''say%20%22hi%22%20100%25.mp4"],
  ["it's (a) *.mp4", 'attachment; filename="it\'s (a) *.mp4"'],
  ["é'(x).mp4", "attachment; filename=\"e'(x).mp4\"; filename*=UTF-8''%C3%A9%27%28x%29.mp4"],
  ["../etc/passwd", 'attachment; filename="_._etc_passwd"'],
  ["a\r\nSet-Cookie: x=1.mp4", 'attachment; filename="aSet-Cookie: x=1.mp4"'],
  ["\u202Egpj.exe", 'attachment; filename="gpj.exe"'],
  ["-rf.mp4", 'attachment; filename="_rf.mp4"'],
  [".bashrc", 'attachment; filename="_bashrc"'],
  ["／etc／passwd", "attachment; filename=\"_etc_passwd\"; filename*=UTF-8''%EF%BC%8Fetc%EF%BC%8Fpasswd"],
  ["－rf", "attachment; filename=\"_rf\"; filename*=UTF-8''%EF%BC%8Drf"],
  ["..", 'attachment; filename="download"'],
  ["", 'attachment; filename="download"'],
])("%j becomes %j", (name, expected) => {
  expect(contentDisposition(name)).toBe(expected);
});

test("inline is said when asked for", () => {
  expect(contentDisposition("a.txt", "inline")).toBe('inline; filename="a.txt"');
});

test("a name of 400 characters is cut and keeps its extension", () => {
  const value = contentDisposition(`${"🗼".repeat(400)}.mp4`);
  expect(value.length).toBeLessThan(800);
  expect(value).toEndWith("%BC.mp4");
});

test("folders stand before the name where there is room, and are left out where its end would be cut", () => {
  expect(contentDisposition("Channel/Film [id].mp4")).toBe('attachment; filename="Channel_Film [id].mp4"');
  const long = `${"Channel ".repeat(15).trim()}/${"Film ".repeat(15)}[id].mp4`;
  expect(contentDisposition(long)).toBe(`attachment; filename="${"Film ".repeat(15)}[id].mp4"`);
});

test("two titles in another script have two names also for clients that read plain ASCII alone", () => {
  const titles = ["日本語", "中文", "Привет", "Пока", "日本語 (1)", "日本語 (2)", "中文 live", "日本 live"];
  const names = titles.map((title) => /filename="([^"]+)"/.exec(contentDisposition(`${title}.mp4`))?.[1]);
  expect(new Set(names).size).toBe(titles.length);
  expect(contentDisposition("日本語.mp4")).toBe(contentDisposition("日本語.mp4"));
});

test("any name gives one line of printable ASCII whose extended part decodes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      const value = contentDisposition(name);
      const match = /^attachment; filename="[^"\\%]+"(?:; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+))?$/.exec(value);
      expect(value).toMatch(/^[\x20-\x7e]+$/);
      expect(match).not.toBeNull();
      expect(value).not.toMatch(/filename="(?:[-.]|[^"]*\/)/);
      expect(() => decodeURIComponent(match?.[1] ?? "")).not.toThrow();
      expect(new Headers({ "content-disposition": value }).get("content-disposition")).toBe(value);
    }),
    { numRuns: 500 },
  );
});
