import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, fewUnlessWhole, isWhole, onlyWhole, type SampleVideo } from "@vidferry/testing";
import { runCommand, startCommand } from "./command.ts";
import { filesBelow, resultsBelow, type Scene, setScene } from "./scene.ts";

const testWhole = onlyWhole(test);

const limitMs = 120_000;
const muxed = (id: string, title: string): SampleVideo => ({ id, title, itags: [18], captions: [{ language: "en" }] });

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({
    catalogue: {
      videos: [
        muxed("twinVideo01", "Twin"),
        muxed("twinVideo02", "Twin"),
        { ...muxed("slowVideo01", "Slow"), mediaBytes: 4 << 20, mediaFaults: { bytesPerSecond: 1 << 17 } },
      ],
    },
  });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

const run = (cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(args, { cwd, env: { ...scene.env, ...env } });

describe("vidferry download", () => {
  test(
    "keeps both of two videos of one title, each with its own subtitles",
    async () => {
      const out = await scene.folder("twins");
      const links = ["twinVideo01", "twinVideo02"].map((id) => scene.youtube.url(id));
      const { exitCode, stderr } = await run(out, ["download", ...links, "--subs", "en"]);
      expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
      expect(await resultsBelow(out)).toEqual(["Twin (2).en.srt", "Twin (2).mp4", "Twin.en.srt", "Twin.mp4"]);
      const named = await run(out, ["download", links[0] ?? "", "--nfo", "--name", "{extractor}/{title} [{id}]"]);
      expect([named.exitCode, named.exitCode === 0 ? "" : named.stderr]).toEqual([0, ""]);
      expect(await filesBelow(join(out, "youtube"))).toEqual(["Twin [twinVideo01].mp4", "Twin [twinVideo01].nfo"]);
    },
    limitMs,
  );

  testWhole(
    "fetches a link that is given twice, in two notations, once, as readable as the umask says; again it knows the file, until it is deleted",
    async () => {
      const out = await scene.folder("again");
      const link = scene.youtube.url("muxedOnly01");
      const requests = () => scene.mediaRequests("muxedOnly01").length;
      const before = process.umask(0o026);
      const begun = run(out, ["download", link, "https://youtu.be/muxedOnly01", link]);
      process.umask(before);
      const first = await begun;
      expect([first.exitCode, first.stderr.match(/saved/g)?.length]).toEqual([0, 1]);
      expect(await resultsBelow(out)).toEqual(["One file with both.mp4"]);
      expect((await stat(join(out, "One file with both.mp4"))).mode & 0o777).toBe(0o640);
      const fetched = requests();

      const again = await run(out, ["download", link]);
      expect(again.exitCode).toBe(0);
      expect(again.stderr).toMatch(/already here: .*One file with both\.mp4/);
      const json = await run(out, ["download", link, "--json"]);
      expect(JSON.parse(json.stdout)).toMatchObject({
        event: "done",
        existing: true,
        files: [{ bytes: expect.any(Number) }],
      });
      expect(requests()).toBe(fetched);

      await writeFile(join(out, "One file with both.mp4"), "changed by hand");
      expect((await run(out, ["download", link])).stderr).toMatch(/saved .*\(2\)\.mp4/);
      expect(requests()).toBeGreaterThan(fetched);
      expect(await readFile(join(out, "One file with both.mp4"), "utf8")).toBe("changed by hand");

      // What is gone is fetched like what is another's now.
      if (isWhole) {
        await rm(join(out, "One file with both (2).mp4"));
        expect((await run(out, ["download", link])).stderr).toContain("saved ");
      }
    },
    limitMs,
  );

  testWhole(
    "twice at once: the second says that it is already running, waits, and finds the file",
    async () => {
      const out = await scene.folder("at-once");
      const args = ["download", scene.youtube.url("slowVideo01"), "--out", out];
      const first = startCommand(args, { cwd: scene.home, env: scene.env });
      await eventually(() => scene.mediaRequests("slowVideo01").length > 0, { timeoutMs: 60_000 });
      const second = startCommand(args, { cwd: scene.home, env: scene.env });
      const [one, other] = await Promise.all([first.done, second.done]);
      expect([one.exitCode, other.exitCode, one.stderr, other.stderr]).toEqual([
        0,
        0,
        expect.stringContaining("saved "),
        expect.stringMatching(/already running: .*waiting for it[\s\S]*already here: /),
      ]);
      expect(await resultsBelow(out)).toEqual(["Slow.mp4"]);
      // The last one to leave tidies up; what two that leave at once leave to each other, the next one does.
      expect((await run(out, ["download", scene.youtube.url("slowVideo01")])).stderr).toContain("already here: ");
      expect((await filesBelow(out)).filter((name) => name.endsWith(".db"))).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "speaks of its own options and of what the person at the command line can do",
    async () => {
      const out = await scene.folder("words");
      const elsewhere = "https://example.org/x";
      const links = [
        "https://www.youtube.com/playlist?list=PLnowhere0000001",
        elsewhere,
        scene.youtube.url("privateVid1"),
      ];
      const { exitCode, stderr } = await run(out, ["download", ...links]);
      expect(exitCode).toBe(1);
      for (const link of links) expect(stderr).toContain(link);
      expect(stderr).not.toMatch(/POST|\/probe|operator|`errors`|WORK_DIR|job/);
      expect(stderr).toContain("ALLOWED_HOSTS");
      expect(await filesBelow(out)).toEqual([]);
    },
    limitMs,
  );
});

describe("settings of other programs", () => {
  testWhole(
    "that a .env holds do not stop a download, and no other file than .env is read",
    async () => {
      const cwd = await scene.folder("foreign");
      await writeFile(join(cwd, ".env"), "DATABASE_URL=mysql://x@y/z\nPORT=http\nMAX_FILE_BYTES=1GiB\n");
      const link = scene.youtube.url("muxedOnly01");
      const { DATABASE_URL: _, PORT: __, ...env } = scene.env;
      for (const name of [".env.local", ".env.development", ".env.development.local", ".env.production"])
        await writeFile(join(cwd, name), "MAX_FILE_BYTES=none of ours\n");
      const modes = fewUnlessWhole(["", "development", "production"], (mode) => mode === "production");
      for (const NODE_ENV of modes) {
        const { exitCode, stderr } = await runCommand(["download", link], { cwd, env: { ...env, NODE_ENV } });
        expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
      }
      await writeFile(join(cwd, ".env"), "MAX_FILE_BYTES=much\n");
      const wrong = await runCommand(["download", link], { cwd, env });
      expect([wrong.exitCode, wrong.stderr]).toEqual([78, expect.stringContaining("MAX_FILE_BYTES")]);
    },
    limitMs,
  );
});
