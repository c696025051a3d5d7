import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { runInProcess } from "../testing/run-in-process.ts";

const ids = ["a", "b", "c"].map((letter) => `UC${letter.repeat(22)}`);
const opml = (channels: readonly string[]): string => {
  const outlines = channels.map(
    (id, index) =>
      `<outline text="Channel ${index}" xmlUrl="https://www.youtube.com/feeds/videos.xml?channel_id=${id}"/>`,
  );
  return `<opml version="2.0"><body>${outlines.join("")}<outline text="b" xmlUrl="https://b.example/f"/></body></opml>`;
};

/** A database of its own, and files to import into it. */
async function withDatabase() {
  const dir = await tempDir("vidferry-schedules");
  const environment = {
    DATABASE_URL: `sqlite:${join(dir.path, "vidferry.db")}`,
    STORAGE_URL: `file:${join(dir.path, "files")}`,
    LOG_LEVEL: "warn",
  };
  const vidferry = (...args: readonly string[]) => runInProcess(args, environment);
  expect((await vidferry("migrate")).exitCode).toBe(0);
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(dir.path, name);
    await writeFile(path, text);
    return path;
  };
  return { vidferry, file, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

describe("vidferry schedules import", () => {
  test("tells what it would make, makes it with --yes, and leaves what is there", async () => {
    await using scene = await withDatabase();
    const { vidferry } = scene;
    const file = await scene.file("a.opml", opml(ids.slice(0, 2)));
    const told = await vidferry("schedules", "import", file);
    expect([told.exitCode, told.out.at(-1)]).toEqual([
      0,
      "2 schedules would be made; --yes makes them; 1 feeds are not of YouTube",
    ]);
    expect((await vidferry("schedules", "list")).notes).toEqual(["there is no such schedule"]);
    const made = await vidferry("schedules", "import", file, "--yes", "--audio", "m4a", "--time-zone", "Europe/Berlin");
    expect([made.notes, made.out.at(-1)]).toEqual([[], "2 schedules were made; 1 feeds are not of YouTube"]);
    const more = await scene.file("b.opml", opml(ids));
    const again = await vidferry("schedules", "import", more, "--yes", "--tabs", "videos,shorts");
    expect(again.out.at(-1)).toBe("4 schedules were made; 2 are there already; 1 feeds are not of YouTube");
    const { out } = await vidferry("schedules", "list");
    expect(out).toHaveLength(6);
    expect(
      out.every((line) => /^sch_\w{32} {2}active {4}\d{4}-\d\d-\d\d \d\d:\d\d {2}local {2}Channel \d/.test(line)),
    ).toBe(true);
    expect(out.filter((line) => line.endsWith("/shorts"))).toHaveLength(3);
    const times = new Set(out.map((line) => /\d\d:\d\d/.exec(line)?.[0]));
    expect(times.size).toBeGreaterThan(1);
    expect((await vidferry("schedules", "list", "--owner", "bob")).out).toEqual([]);
    expect((await vidferry("schedules", "import", more, "--owner", "bob")).out.at(-1)).toMatch(/^3 schedules would/);
  });

  test("goes on where it stopped when it is called again", async () => {
    await using scene = await withDatabase();
    const file = await scene.file("a.opml", opml(ids));
    const { vidferry } = scene;
    const refused = await vidferry("schedules", "import", file, "--yes", "--cron", "0 0 30 2 *");
    expect(refused.exitCode).toBe(2);
    expect(refused.notes.join(" ")).toMatch(/0 of 3 schedules were made.*never comes/);
    expect((await vidferry("schedules", "import", file, "--yes")).out.at(-1)).toMatch(/^3 schedules were made/);
  });

  test.each([
    [["import"], /missing required argument/],
    [["import", "FILE", "--tabs", "videos,posts"], /--tabs/],
    [["import", "FILE", "--limit", "0"], /--limit/],
    [["import", "FILE", "--audio", "midi"], /--audio: there is no midi/],
    [["import", "FILE", "--audio", "mp3", "--quality", "720p"], /exclude/],
    [["import", "FILE", "--owner", "ada", "--server", "http://127.0.0.1:1"], /--owner/],
    [["import", "/nowhere/a.opml"], /cannot be read: ENOENT/],
    [["import", "FILE"], /neither OPML nor Takeout/],
  ] as const)("refuses %j with what is wrong, before it looks at a database", async (args, says) => {
    await using dir = await tempDir("vidferry-schedules");
    const file = join(dir.path, "page.html");
    await writeFile(file, "<html></html>");
    const given = args.map((word) => (word === "FILE" ? file : word));
    const { exitCode, notes } = await runInProcess(["schedules", ...given], { DATABASE_URL: "mysql://nowhere/" });
    expect([exitCode, notes.join(" ")]).toEqual([2, expect.stringMatching(says)]);
  });
});
