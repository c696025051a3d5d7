import { describe, expect, test } from "bun:test";
import { languageCode, languageName } from "./language.ts";

describe("languages of tracks", () => {
  test.each([
    ["en", "eng"],
    ["pt-BR", "por"],
    ["zh-Hans", "zho"],
    ["zh_TW", "zho"],
    ["iw", "heb"],
    ["de", "deu"],
    ["fil", "fil"],
    ["x-klingon", "und"],
    ["", "und"],
  ])("%p is %s", (tag, code) => expect(languageCode(tag)).toBe(code));

  test("have a name a viewer can read", () => {
    expect(languageName("de")).toBe("German");
    expect(languageName("pt-BR")).toBe("Brazilian Portuguese");
    expect(languageName("not a tag")).toBe("not a tag");
  });
});
