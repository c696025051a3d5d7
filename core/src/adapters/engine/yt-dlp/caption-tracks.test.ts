import { describe, expect, test } from "bun:test";
import { Subtitles } from "../../../jobs/request.ts";
import { chooseTracks } from "./caption-tracks.ts";
import { Info } from "./info.ts";

const track = (tlang?: string) => [
  { ext: "json3", url: `https://www.youtube.com/api/timedtext?v=x${tlang ? `&tlang=${tlang}` : ""}` },
];
const info = (written: string[], spoken: string[], translated: string[], language: string | null = "en") =>
  Info.parse({
    id: "x",
    language,
    subtitles: Object.fromEntries([...written, "live_chat"].map((key) => [key, track()])),
    automatic_captions: Object.fromEntries([
      ...translated.map((key) => [key, track(key)]),
      ...spoken.map((key) => [key, track()]),
    ]),
  });
const english = info(["fr", "en-GB", "pt-BR", "pt-PT"], ["en", "en-orig"], ["es", "es-fr", "de"]);
const choose = (wanted: object, from = english) => {
  const { tracks, missing } = chooseTracks(from, Subtitles.parse(wanted));
  return [
    ...tracks.map(({ key, language, automatic }) => `${key} as ${language}${automatic ? ", automatic" : ""}`),
    ...missing.map((wish) => `no ${wish}`),
  ];
};

describe("the choice of caption tracks", () => {
  test("takes a written track before recognised speech", () => {
    expect(choose({ languages: ["fr", "en"] })).toEqual(["fr as fr", "en-GB as en-GB"]);
    expect(choose({ languages: ["en"] }, info(["fr"], ["en", "en-orig"], []))).toEqual(["en-orig as en, automatic"]);
  });

  test("takes every region for a pattern", () => {
    expect(choose({ languages: ["pt-*"] })).toEqual(["pt-BR as pt-BR", "pt-PT as pt-PT"]);
    expect(choose({ languages: ["en-*"] }, info([], ["en-orig"], []))).toEqual(["en-orig as en, automatic"]);
  });

  test("knows the original language from the source or from the recognised speech", () => {
    expect(choose({})).toEqual(["en-GB as en-GB"]);
    expect(choose({}, info([], ["de", "de-orig"], [], null))).toEqual(["de-orig as de, automatic"]);
    expect(choose({}, info(["ja"], [], [], "en-US"))).toEqual(["ja as ja"]);
    expect(choose({}, info(["en"], [], [], "en-US"))).toEqual(["en as en"]);
    expect(choose({}, info([], [], []))).toEqual(["no original"]);
  });

  test("translates only where that is asked for, and not where somebody wrote it", () => {
    expect(choose({ languages: ["es"] })).toEqual(["no es"]);
    expect(choose({ languages: ["fr"], translateTo: ["es", "pt-BR", "sv"] })).toEqual([
      "fr as fr",
      "es as es, automatic",
      "pt-BR as pt-BR",
      "no sv",
    ]);
    expect(choose({ languages: ["fr"], translateTo: ["es"] }, info(["fr"], [], ["es-fr"]))).toEqual([
      "fr as fr",
      "es-fr as es, automatic",
    ]);
  });

  test("leaves recognised speech alone when only written tracks are wanted", () => {
    expect(choose({ languages: ["en"], automatic: false }, info([], ["en", "en-orig"], []))).toEqual(["no en"]);
  });

  test("takes no track twice", () => {
    expect(choose({ languages: ["fr", "original", "fr", "en-GB"] })).toEqual(["fr as fr", "en-GB as en-GB"]);
  });
});
