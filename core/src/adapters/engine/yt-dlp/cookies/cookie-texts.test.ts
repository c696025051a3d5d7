import { describe, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { tempDir } from "@vidferry/testing";
import type { CookieText, CookieTexts } from "../../../../egress/cookie-text.ts";
import { netscapeHeader } from "../../../../egress/netscape.ts";
import { createSilentLogger } from "../../../system/index.ts";
import { openCookieTexts } from "./cookie-texts.ts";

const deps = { clock: { now: () => new Date("2026-11-26T12:00:00Z") }, logger: createSilentLogger() };
const line = (name: string, value: string, expires = 2_000_000_000) =>
  `${[".example.com", "TRUE", "/", "TRUE", expires, name, value].join("\t")}\n`;

/** Texts that are kept in memory, and what was noted of them. `meanwhile` is called before a write. */
function keptTexts(text: string, meanwhile: () => string | null = () => null) {
  let kept: CookieText = { text: netscapeHeader + text, version: 1 };
  const marks: boolean[] = [];
  const texts: CookieTexts = {
    read: async () => kept,
    replace: async (version, written) => {
      const other = meanwhile();
      if (other !== null) kept = { text: netscapeHeader + other, version: kept.version + 1 };
      if (version !== kept.version) return null;
      kept = { text: written, version: version + 1 };
      return kept.version;
    },
    mark: async (valid) => void marks.push(valid),
  };
  return { texts, marks, kept: () => kept };
}

describe("the cookies of an egress, copied for a run", () => {
  test("come back into what another run has written meanwhile", async () => {
    await using dir = await tempDir("vidferry-cookie-texts-");
    const others = [`${line("SESSION", "one")}${line("OTHER", "theirs")}`];
    const { texts, kept, marks } = keptTexts(line("SESSION", "one"), () => others.pop() ?? null);
    const copy = await openCookieTexts(texts, deps).copyInto(dir.path);
    await writeFile(copy.path, (await readFile(copy.path, "utf8")) + line("TURN", "new"));
    await copy.mergeBack({ succeeded: true });
    for (const name of ["SESSION\tone", "OTHER\ttheirs", "TURN\tnew"]) expect(kept().text).toContain(name);
    expect(kept().version).toBe(3);
    expect(marks).toEqual([]);
  });

  test("are not written when the site has changed nothing, nor where the operator took them away", async () => {
    await using dir = await tempDir("vidferry-cookie-texts-");
    const { texts, kept } = keptTexts(line("SESSION", "one"));
    const unchanged = await openCookieTexts(texts, deps).copyInto(dir.path);
    await unchanged.mergeBack({ succeeded: true });
    expect(kept().version).toBe(1);
    const removed = openCookieTexts({ ...texts, read: async () => null }, deps);
    await expect(removed.copyInto(dir.path)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("that have all expired are noted as no longer valid, and hold up no run", async () => {
    await using dir = await tempDir("vidferry-cookie-texts-");
    const { texts, marks } = keptTexts(line("SESSION", "one", 1_000) + line("OTHER", "two", 2_000));
    const jar = openCookieTexts(texts, deps);
    expect(await readFile((await jar.copyInto(dir.path)).path, "utf8")).toContain("SESSION");
    expect(marks).toEqual([false]);
    const broken = { ...texts, mark: () => Promise.reject(new Error("the store is away")) };
    await openCookieTexts(broken, deps).copyInto(dir.path);
    const some = keptTexts(line("SESSION", "one", 1_000) + line("OTHER", "two", 0));
    await openCookieTexts(some.texts, deps).copyInto(dir.path);
    expect(some.marks).toEqual([]);
  });
});
