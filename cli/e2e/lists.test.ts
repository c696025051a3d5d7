import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onlyWhole, type SampleVideo } from "@vidferry/testing";
import { runInProcess } from "../src/testing/run-in-process.ts";
import { runCommand } from "./command.ts";
import { ffprobe } from "./ffprobe.ts";
import { filesBelow, resultsBelow, type Scene, setScene } from "./scene.ts";

const testWhole = onlyWhole(test);

const limitMs = 300_000;
const small = (id: string, title: string): SampleVideo => ({ id, title, itags: [18], challenge: "none" });
const parts = ["listPart001", "listPart002", "listPart003"];

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({
    catalogue: {
      videos: [...parts.map((id, index) => small(id, `Part ${index + 1}`)), small("listOther01", "Another")],
      playlists: [
        { id: "PLlistToday0001", title: "A list", videoIds: ["listOther01", "listPart001", "listPart002"] },
        {
          id: "PLlistLater0001",
          title: "A list",
          videoIds: ["listOther01", "listPart001", "listPart002", "listPart003"],
        },
      ],
    },
  });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

const list = (name: string): string => scene.youtube.playlistUrl(`PLlist${name}0001`);
const download = (...args: readonly string[]) => runInProcess(["download", ...args], scene.env);
const requests = () => scene.youtube.requests.filter(({ path }) => path === "/videoplayback").length;

describe("vidferry download", () => {
  test(
    "of a list tells with --dry-run what it would take, takes what --match and --limit say, and with --new only what it never took",
    async () => {
      const out = await scene.folder("list");
      const args = ["--match", "/^part/i", "--out", out];
      const told = await download(list("Today"), ...args, "--limit", "1", "--dry-run");
      expect([told.exitCode, told.out]).toEqual([0, [`${scene.youtube.url("listPart001")}  Part 1`]]);
      expect([await filesBelow(out), requests()]).toEqual([[], 0]);

      const { exitCode, notes } = await download(list("Today"), ...args, "--new");
      expect([exitCode, await resultsBelow(out)]).toEqual([0, ["Part 1.mp4", "Part 2.mp4"]]);
      expect(notes.at(-1)).toMatch(/^2 saved \(.*\), in \d+ s$/);

      for (const name of await resultsBelow(out)) await rm(join(out, name));
      const later = await download(list("Later"), ...args, "--new", "--json");
      const events = later.out.map((line) => JSON.parse(line) as { event: string; version: number; reason?: string });
      expect(new Set(events.map(({ version }) => version))).toEqual(new Set([1]));
      expect(events.filter(({ reason }) => reason === "known").length).toBe(2);
      expect(events.at(-1)).toMatchObject({ event: "total", saved: 1, skipped: 2, failed: 0 });
      expect([later.exitCode, await resultsBelow(out)]).toEqual([0, ["Part 3.mp4"]]);
    },
    limitMs,
  );

  testWhole(
    "takes links from a file, options from the configuration file and a preset, a proxy and a rate; --force saves beside",
    async () => {
      const [home, out] = [await scene.folder("home"), await scene.folder("preset")];
      const links = join(scene.home, "links.txt");
      await writeFile(links, `# today\n${scene.youtube.url("listPart001")}\n\nhttps://youtu.be/listPart001\n`);
      await mkdir(join(home, ".config/vidferry"), { recursive: true });
      await writeFile(
        join(home, ".config/vidferry/config.toml"),
        `[download]\nout = ${JSON.stringify(out)}\nquality = "144p"\n[presets.talk]\naudio = "opus"\nname = "{title} [{id}]"\n`,
      );
      const { PROXY_URL = "", ...env } = { ...scene.env, HOME: home };
      const args = ["download", "-i", links, "--preset", "talk", "--proxy", PROXY_URL, "--limit-rate", "100M"];
      expect(await runInProcess([...args, "--quiet"], env)).toEqual({ exitCode: 0, out: [], notes: [] });
      expect(await resultsBelow(out)).toEqual(["Part 1 [listPart001].opus"]);
      expect((await ffprobe(join(out, "Part 1 [listPart001].opus"))).video).toBeUndefined();

      expect((await runInProcess([...args, "--force"], env)).notes.join("\n")).toMatch(/saved .* \(2\)\.opus/);
      expect((await runInProcess(args, env)).notes).toEqual([expect.stringMatching(/^already here: .*\(2\)\.opus/)]);
    },
    limitMs,
  );

  onlyWhole(test)(
    "downloads one after the other with --jobs 1, and tells with --verbose what is done inside",
    async () => {
      const out = await scene.folder("verbose");
      const args = [
        "download",
        list("Today"),
        "--match",
        "/^part/i",
        "--jobs",
        "1",
        "--json",
        "--verbose",
        "--out",
        out,
      ];
      const { exitCode, stdout, stderr } = await runCommand(args, { cwd: scene.home, env: scene.env });
      const urls = stdout
        .split("\n")
        .flatMap((line) => (line === "" ? [] : ((JSON.parse(line) as { url?: string }).url ?? [])));
      expect([exitCode, urls.filter((url, index) => url !== urls[index - 1])]).toEqual([
        0,
        ["listPart001", "listPart002"].map((id) => scene.youtube.url(id)),
      ]);
      expect(stderr.split("\n").filter((line) => line.startsWith('{"level":')).length).toBeGreaterThan(2);
    },
    limitMs,
  );

  test("names the option that is wrong, and an empty file of links", async () => {
    const out = await scene.folder("wrong");
    const links = join(scene.home, "nothing.txt");
    await writeFile(links, "# nothing\n");
    for (const [option, value] of [
      ["--proxy", "nonsense"],
      ["--limit-rate", "fast"],
      ["--jobs", "0"],
      ["--limit", "all"],
      ["--after", "yesterday"],
      ["--match", "/(/"],
      ["--input", links],
    ] as const) {
      const link = option === "--input" ? [] : [scene.youtube.url("listPart001")];
      const wrong = await download(...link, "--out", out, option, value);
      expect([wrong.exitCode, wrong.notes.join()]).toEqual([2, expect.stringMatching(new RegExp(`^${option}: `))]);
    }
  });
});

testWhole(
  "vidferry probe shows what a video and a list offer, and what cannot be had",
  async () => {
    const links = [scene.youtube.url("listPart001"), list("Later"), scene.youtube.url("privateVid1")];
    const { exitCode, out, notes } = await runInProcess(["probe", ...links, "--limit", "2"], scene.env);
    expect(exitCode).toBe(1);
    expect(out.join("\n")).toMatch(
      /title +Part 1\n[\s\S]*ID +HEIGHT[\s\S]*\n18 [\s\S]*title +A list[\s\S]*Another\n[\s\S]*There are more/,
    );
    expect(notes.join("\n")).toMatch(/^failed .*privateVid1: [\s\S]*video_private: /);
  },
  limitMs,
);
