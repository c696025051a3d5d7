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
      ...translated.map((key) => [key, track(key === "es-fr" ? "es" : key)]),
      ...spoken.map((key) => [key, track()]),
    ]),
  });
const english = info(["fr", "en-GB", "pt-BR", "pt-PT"], ["en", "en-orig"], ["es", "es-fr", "de"]);
const choose = (wanted: object, from = english) => {
  const { tracks, missing } = chooseTracks(from, Subtitles.parse(wanted));
  return [
    ...tracks.map(({ key, language, automatic }) => `${key} as ${language}${automatic ? ", automatic" : ""}`),
    ...missing.map(({ language }) => `no ${language}`),
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

  const only = (...written: string[]) => info(written, [], [], null);
  test.each([
    ["he", "iw"],
    ["iw", "he"],
    ["id", "in"],
    ["nb", "no"],
    ["no", "nb"],
    ["zh-Hans", "zh-CN"],
    ["zh-CN", "zh-Hans"],
    ["zh-Hant", "zh-TW"],
    ["eng", "en"],
  ])("knows a language under another name: %s is %s", (wish, name) => {
    expect(choose({ languages: [wish] }, only("fr", name))).toEqual([`${name} as ${name}`]);
  });

  test.each([
    ["pt-BR", ["pt", "pt-PT"], "pt"],
    ["pt-BR", ["pt-PT"], "pt-PT"],
    ["en-US", ["en-GB", "en-AU"], "en-GB"],
    ["en", ["en-GB", "en-US"], "en-US"],
    ["zh-HK", ["zh-Hans", "zh-Hant"], "zh-Hant"],
    ["zh", ["zh-TW"], "zh-TW"],
  ])("falls back from %s among %p to %s", (wish, names, name) => {
    expect(choose({ languages: [wish] }, only(...names))).toEqual([`${name} as ${name}`]);
  });

  test("takes no other script for one that was asked for, and no language that is like another", () => {
    expect(choose({ languages: ["zh-CN", "sr-Latn", "fil", "es"] }, only("zh-TW", "sr-Cyrl", "fi", "est"))).toEqual([
      "no zh-CN",
      "no sr-Latn",
      "no fil",
      "no es",
    ]);
  });

  test("gives a track that somebody named its language, after the one without a name", () => {
    expect(choose({ languages: ["en"] }, only("en-j3PyPqV-e1s"))).toEqual(["en-j3PyPqV-e1s as en"]);
    expect(choose({ languages: ["en-*"] }, only("en-j3PyPqV-e1s", "en", "en-US-eEY6OEpapPo"))).toEqual([
      "en as en",
      "en-US-eEY6OEpapPo as en-US",
    ]);
    expect(choose({ languages: ["pt-BR", "ca"] }, only("pt_BR", "ca-valencia"))).toEqual([
      "pt_BR as pt-BR",
      "ca-valencia as ca-valencia",
    ]);
  });

  test("translates into the wished region before it takes another one", () => {
    const both = info(["pt-PT"], [], ["pt-BR", "zh-Hans"]);
    expect(choose({ languages: ["pt-PT"], translateTo: ["pt-BR", "zh-CN"] }, both)).toEqual([
      "pt-PT as pt-PT",
      "pt-BR as pt-BR, automatic",
      "zh-Hans as zh-Hans, automatic",
    ]);
  });

  test("takes for rolling what was recognised, and translations of that, but none of what somebody wrote", () => {
    const automatic = { en: "kind=asr", es: "kind=asr&tlang=es", it: "lang=fr&tlang=it" };
    const tracks = Object.entries(automatic).map(([key, query]) => [
      key,
      [{ ext: "json3", url: `https://a/?${query}` }],
    ]);
    const from = Info.parse({ id: "x", subtitles: { fr: track() }, automatic_captions: Object.fromEntries(tracks) });
    const chosen = chooseTracks(from, Subtitles.parse({ languages: ["en", "fr"], translateTo: ["es", "it"] })).tracks;
    expect(chosen.map(({ key, automatic, rolls }) => [key, automatic, rolls])).toEqual([
      ["en", true, true],
      ["fr", false, false],
      ["es", true, true],
      ["it", true, false],
    ]);
  });

  test("takes no track twice", () => {
    expect(choose({ languages: ["fr", "original", "fr", "en-GB"] })).toEqual(["fr as fr", "en-GB as en-GB"]);
  });
});
