import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { errorCodeNames } from "../errors/codes.ts";
import { configurationDocument } from "./document.ts";

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");

describe("the documentation", () => {
  test("of the configuration is what the table of variables says", () => {
    expect(page("configuration.md")).toBe(configurationDocument());
  });

  test("has a section for every error code, and none for codes that are gone", () => {
    const sections = [...page("troubleshooting.md").matchAll(/^### `([a-z_]+)`/gm)].map((match) => match[1] ?? "");
    expect(sections.toSorted()).toEqual([...errorCodeNames].sort());
  });
});
