import { describe, expect, test } from "bun:test";
import { nearestLanguage } from "./languages.ts";

describe("the language nearest to a wish", () => {
  test.each([
    ["de", ["en", "de"], "de"],
    ["he", ["en", "iw"], "iw"],
    ["iw", ["en", "he"], "he"],
    ["id", ["in"], "in"],
    ["nb", ["no"], "no"],
    ["de", ["ger"], "ger"],
    ["pt-BR", ["pt-PT", "pt-BR"], "pt-BR"],
    ["pt-BR", ["pt-PT", "pt"], "pt"],
    ["en-US", ["fr", "en-GB"], "en-GB"],
    ["en", ["en-GB", "en-US"], "en-US"],
    ["zh-Hans", ["zh-TW", "zh-CN"], "zh-CN"],
    ["fr", ["en", "de"], null],
    ["en", ["und", "x", "zxx"], null],
    ["en", [], null],
  ] as const)("%s of %p is %p", (wish, available, nearest) => {
    expect(nearestLanguage(wish, available)).toBe(nearest);
  });
});
