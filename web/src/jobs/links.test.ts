import { expect, test } from "bun:test";
import { linksIn } from "./links.ts";

test.each([
  ["https://youtu.be/a", ["https://youtu.be/a"]],
  ["Look: https://youtu.be/a, and (https://youtu.be/b).", ["https://youtu.be/a", "https://youtu.be/b"]],
  ["https://youtu.be/a\nhttps://youtu.be/a\r\nhttps://youtu.be/b", ["https://youtu.be/a", "https://youtu.be/b"]],
  ["<https://youtu.be/a>", ["https://youtu.be/a"]],
  ["youtu.be/a", ["youtu.be/a"]],
  ["www.youtube.com/@name/shorts", ["www.youtube.com/@name/shorts"]],
  ["nothing here, e.g. words/and such", []],
  ["javascript:alert(1)", []],
  ["", []],
])("in %j there are the links %j", (text, links) => {
  expect(linksIn(text)).toEqual(links as string[]);
});
