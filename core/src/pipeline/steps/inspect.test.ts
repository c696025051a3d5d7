import { describe, expect, test } from "bun:test";
import { sampleFile, sampleStream } from "@vidferry/testing";
import { checkLanguage, checkLengths, withLanguage } from "./inspect.ts";

const file = (kind: "video" | "audio", durationSeconds: number | null) =>
  sampleFile([sampleStream(kind, "x")], { durationSeconds });

describe("the lengths of fetched files", () => {
  test("are right when the longest is as long as the source says", () => {
    expect(checkLengths([file("video", 99)], { durationSeconds: 100 })).toEqual([]);
    expect(checkLengths([file("video", null)], { durationSeconds: 100 })).toEqual([]);
    expect(checkLengths([file("video", 5)], { durationSeconds: null })).toEqual([]);
  });

  test("are refused when all of them are shorter", () => {
    expect(() => checkLengths([file("video", 40)], { durationSeconds: 100 })).toThrow(/40.0 of 100 seconds/);
    expect(() => checkLengths([{ ...file("video", 100), bytes: 0 }], { durationSeconds: 100 })).toThrow(/empty/);
  });

  test("are nobody's to say when only a part was fetched", () => {
    const part = { ...file("video", 20), beginsAtSeconds: 60 };
    const [media, how] = [{ durationSeconds: 100 }, { arePart: true }];
    expect(checkLengths([part, { ...file("audio", 5), beginsAtSeconds: 62 }], media, how)).toEqual([]);
    expect(() => checkLengths([{ ...part, bytes: 0 }], media, how)).toThrow(/empty/);
  });

  test("are worth a warning when one ends before the other", () => {
    expect(checkLengths([file("video", 30), file("audio", 12)], { durationSeconds: 30 })).toEqual([
      { code: "sound_ends_early", detail: "The sound ends after 12.0 of 30.0 seconds." },
    ]);
  });

  test("are worth a warning when nobody says them and the last frame is not whole", () => {
    const cut = { ...file("audio", 30), endsWithinFrame: true };
    expect(checkLengths([cut], { durationSeconds: 30 })).toEqual([]);
    expect(checkLengths([cut], { durationSeconds: null })).toEqual([
      { code: "media_may_be_cut_off", detail: "It ends in the middle of a frame: more may have been there." },
    ]);
  });

  test("are worth a warning when something is missing within, and refused when that is much", () => {
    const holed = (missingSeconds: number) => [{ ...file("video", 100), missingSeconds }];
    expect(checkLengths(holed(0), { durationSeconds: 100 })).toEqual([]);
    expect(checkLengths(holed(3), { durationSeconds: 100 })).toEqual([
      { code: "media_has_gaps", detail: "The source left out 3.0 seconds of it." },
    ]);
    expect(() => checkLengths(holed(20), { durationSeconds: 100 })).toThrow(/100.0 seconds without 20.0/);
  });
});

describe("the language of fetched sound", () => {
  const output = (audioLanguage?: string) =>
    ({
      type: "audio",
      format: "best",
      normalize: false,
      ...(audioLanguage === undefined ? {} : { audioLanguage }),
    }) as const;
  const sound = file("audio", 10);
  const two = { ...sound, streams: [...sound.streams, ...sound.streams] };

  test("is what the source says, where the file has one sound", () => {
    expect(withLanguage(sound, "de").streams[0]?.language).toBe("de");
    expect(withLanguage(two, "de").streams[0]?.language).toBeNull();
    expect(withLanguage(sound, null)).toBe(sound);
  });

  test("is worth a warning when it is not the wished one", () => {
    expect(checkLanguage([withLanguage(sound, "en")], output("fr"))).toEqual([
      { code: "audio_language_missing", detail: "No sound in fr; there is en. The original was taken." },
    ]);
    expect(checkLanguage([sound], output("fr"))[0]?.detail).toContain("names no language");
    for (const wish of ["en-GB", "original", undefined]) {
      expect(checkLanguage([withLanguage(sound, "en")], output(wish))).toEqual([]);
    }
  });
});
