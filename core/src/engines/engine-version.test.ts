import { expect, test } from "bun:test";
import { compareEngineVersions, isEngineVersion, writeEngineVersion } from "./engine-version.ts";

test("versions are dates, and nothing that leads elsewhere", () => {
  const versions = ["2026.10.26", "2026.7.4", "2026.11.02.123456"];
  expect(versions.filter(isEngineVersion)).toEqual(versions);
  for (const text of ["", "..", "2026", "2026.10.26/../x", "2026.10.26 ", "latest", "-h"])
    expect([text, isEngineVersion(text)]).toEqual([text, false]);
});

test("versions are compared by their numbers, and written as yt-dlp writes them", () => {
  expect(["2026.10.26", "2026.7.4", "2026.07.04.1"].sort(compareEngineVersions)).toEqual([
    "2026.7.4",
    "2026.07.04.1",
    "2026.10.26",
  ]);
  expect(compareEngineVersions("2026.7.4", "2026.07.04")).toBe(0);
  expect(["2026.7.4", "2026.11.2.123"].map(writeEngineVersion)).toEqual(["2026.07.04", "2026.11.02.123"]);
});
