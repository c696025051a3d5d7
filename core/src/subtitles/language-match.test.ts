import { describe, expect, test } from "bun:test";
import { fitting, isVariantOf } from "./language-match.ts";

const best = (wish: string, ...offered: string[]) => fitting(wish, offered, (tag) => tag).map(({ item }) => item);

describe("languages that fit a wish", () => {
  test("come best first: the same, another name, the base, another region", () => {
    expect(best("pt-BR", "pt-PT", "pt", "es", "PT-br")).toEqual(["PT-br", "pt", "pt-PT"]);
    expect(best("en", "en-GB", "en-US", "en")).toEqual(["en", "en-US", "en-GB"]);
    expect(best("he", "iw")).toEqual(["iw"]);
    expect(best("no", "nn", "nb")).toEqual(["nb"]);
  });

  test("are of the same script, unless the wish leaves that open", () => {
    expect(best("zh-CN", "zh-TW", "zh-Hans")).toEqual(["zh-Hans"]);
    expect(best("zh", "zh-TW", "zh-Hans")).toEqual(["zh-Hans", "zh-TW"]);
    expect(best("sr-Latn", "sr")).toEqual([]);
  });

  test("are none for what is no language, except that name itself", () => {
    expect(best("und", "en", "und")).toEqual(["und"]);
    expect(best("English (auto)", "en", "english (auto)")).toEqual(["english (auto)"]);
    expect([isVariantOf("pt", "pt-BR"), isVariantOf("pt", "es"), isVariantOf("no", "nb")]).toEqual([true, false, true]);
  });
});
