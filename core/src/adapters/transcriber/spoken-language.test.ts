import { expect, test } from "bun:test";
import { heardLanguage, languageToName } from "./spoken-language.ts";

test.each([
  ["english", "en"],
  ["English", "en"],
  ["en", "en"],
  ["pt_BR", "pt-BR"],
  ["haitian creole", "ht"],
  ["myanmar", "my"],
  ["norwegian", "no"],
  ["iw", "he"],
  ["und", null],
  ["klingonese tongue", null],
  ["", null],
  [null, null],
])("a server that has heard %p means %p", (named, tag) => {
  expect(heardLanguage(named)).toBe(tag);
});

test.each([
  ["en-US", "en"],
  ["zh-Hans", "zh"],
  ["nb", "no"],
  ["iw", "he"],
  ["und", null],
  ["!", null],
  [null, null],
])("a server is told of %p as %p", (tag, name) => {
  expect(languageToName(tag)).toBe(name);
});
