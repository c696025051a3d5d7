import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { de } from "./de.ts";
import { en, type TextKey } from "./en.ts";
import { t, tOr } from "./language.ts";

const placesOf = (text: string | readonly string[]): string[] =>
  [
    ...new Set(
      [
        ...[text]
          .flat()
          .join(" ")
          .matchAll(/\{(\w+)\}/g),
      ].map(([, name]) => name ?? ""),
    ),
  ].toSorted();

test("every text is there in each language, with the same values in it", () => {
  const keys = Object.keys(en) as TextKey[];
  expect(Object.keys(de).toSorted()).toEqual(keys.toSorted());
  const differ = keys.filter((key) => {
    const [mine, theirs] = [placesOf(en[key]), placesOf(de[key])];
    return mine.join() !== theirs.join() || typeof en[key] !== typeof de[key];
  });
  expect(differ).toEqual([]);
});

test("every text is shown somewhere", () => {
  const src = join(import.meta.dir, "..");
  const sources = [...new Bun.Glob("**/*.{ts,tsx}").scanSync(src)]
    .filter((path) => !path.startsWith("language/") && !path.endsWith(".test.ts"))
    .map((path) => readFileSync(join(src, path), "utf8"))
    .join("\n");
  const unused = Object.keys(en).filter((key) => {
    const [group = "", name = ""] = key.split(".");
    const isPartOfGroup = sources.includes(`\`${group}.\${`) && new RegExp(`\\b${name}\\b`).test(sources);
    return !sources.includes(`"${key}"`) && !isPartOfGroup && !sources.includes(`tOr("${group}"`);
  });
  expect(unused).toEqual([]);
});

test("a text has its values, and the form of its count", () => {
  expect(t("paste.many", { count: 1 })).toBe("One link");
  expect(t("paste.many", { count: 1_200 })).toBe("1,200 links");
  expect(t("do.deleted", { title: "<b>" })).toBe("Deleted: <b>");
});

test("what a newer service says is shown as it says it", () => {
  expect(tOr("state", "queued")).toBe("Waiting");
  expect(tOr("state", "hibernating")).toBe("hibernating");
});
