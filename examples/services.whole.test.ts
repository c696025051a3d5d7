import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { absenceOf, type SampleVideo } from "@vidferry/testing";
import { documentFile, hasTool, runTool } from "../cli/e2e/contract/tools.ts";
import { resultsBelow, type Scene, setScene } from "../cli/e2e/scene.ts";
import { type Service, startService } from "../cli/e2e/service.ts";

/** Each waits for what a loaded machine does in its own time. */
const limitMs = 300_000;
const video = (id: string, title: string): SampleVideo => ({
  ...{ id, title, itags: [18], challenge: "none" },
  captions: [{ language: "en" }],
});
let scene: Scene;
let service: Service;
beforeAll(async () => {
  const videos = [video("example0001", "First talk"), video("example0002", "Second talk")];
  const list = { id: "PLexampleTalks1", title: "Talks", videoIds: videos.map(({ id }) => id) };
  scene = await setScene({ catalogue: { videos, playlists: [list] } });
  service = await startService(scene, {}, { patienceMs: limitMs });
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
}, limitMs);

/** Runs an example as its README says, against the service. */
async function run(example: string, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([...command], {
    cwd: join(import.meta.dir, example),
    env: { PATH: process.env["PATH"], HOME: scene.home, VIDFERRY_URL: service.url, ...env },
    stdout: "pipe",
    stderr: "pipe",
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const [out, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const code = await child.exited;
  return { code, said: code === 0 ? "" : said, lines: out.trim().split("\n") };
}
const bun = [process.execPath, "main.ts"] as const;
const playlist = () => scene.youtube.playlistUrl("PLexampleTalks1");
const nothing = "https://www.youtube.com/watch?v=nothingHere";

describe("against a service, the example", () => {
  test(
    "save has the files of a link, also when it runs again",
    async () => {
      const folder = await scene.folder("save");
      const args = [...bun, scene.youtube.url("example0001"), folder];
      const saved = { code: 0, said: "", lines: [join(folder, "First talk.mp4")] };
      expect([await run("save", args), await run("save", args)]).toEqual([saved, saved]);
      expect(await run("save", [...bun, nothing, folder])).toMatchObject({
        code: 1,
        said: expect.stringContaining("This video is unavailable"),
      });
    },
    limitMs,
  );

  test(
    "transcripts has a Markdown file of each video of a playlist, and one that links them",
    async () => {
      const folder = await scene.folder("transcripts");
      const { code, said, lines } = await run("transcripts", [...bun, playlist(), folder, "en"]);
      expect([code, said, lines]).toEqual([0, "", [`2 of 2: ${folder}/README.md`]]);
      const names = (await readdir(folder)).toSorted();
      expect(names).toEqual([
        expect.stringMatching(/^First talk.*\.md$/),
        "README.md",
        expect.stringMatching(/^Second talk.*\.md$/),
      ]);
      expect(await readFile(join(folder, "README.md"), "utf8")).toBe(
        `# Talks\n\n- [First talk](<${names[0]}>)\n- [Second talk](<${names[2]}>)\n`,
      );
      expect(await readFile(join(folder, names[0] ?? ""), "utf8")).toMatch(/^# First talk/);
    },
    limitMs,
  );

  test(
    "podcast has a feed of what its schedule made, and finds its schedule again",
    async () => {
      const first = await run("podcast", [...bun, playlist()]);
      expect([first.code, first.said]).toEqual([0, ""]);
      const again = await run("podcast", [...bun, playlist()]);
      const feed = await (await fetch(again.lines[0] ?? "")).text();
      expect([...feed.matchAll(/<title>((?:First|Second) talk)/g)].map(([, title]) => title).toSorted()).toEqual([
        "First talk",
        "Second talk",
      ]);
      const [, episode = ""] = /<enclosure [^>]*url="([^"]+)"/.exec(feed) ?? [];
      expect((await fetch(episode.replaceAll("&amp;", "&"))).headers.get("content-type")).toBe("audio/mp4");
      // The link of the first run was replaced.
      expect((await fetch(first.lines[0] ?? "")).status).not.toBe(200);
    },
    limitMs,
  );

  test(
    "curl needs nothing else",
    async () => {
      const folder = await scene.folder("curl");
      const { code, said } = await run("curl", ["sh", "main.sh", scene.youtube.url("example0002"), folder]);
      expect([code, said, await resultsBelow(folder)]).toEqual([0, "", ["Second talk.m4a"]]);
      expect(await run("curl", ["sh", "main.sh", nothing, folder])).toMatchObject({
        code: 1,
        said: expect.stringContaining("video_removed"),
      });
    },
    limitMs,
  );

  test.skipIf(!hasTool("openapiPythonClient"))(
    `python-client is generated from the document, and saves the files${absenceOf("openapi-python-client", hasTool("openapiPythonClient"))}`,
    async () => {
      const [folder, path] = [await scene.folder("python"), await scene.folder("generated")];
      // The configuration that the README writes.
      const readme = await readFile(join(import.meta.dir, "python-client/README.md"), "utf8");
      await Bun.write(join(path, "config.yaml"), /printf '(.*)\\n'/.exec(readme)?.[1] ?? "");
      const to = [
        "--meta",
        "none",
        "--output-path",
        join(path, "vidferry_client"),
        "--config",
        join(path, "config.yaml"),
      ];
      const generated = await runTool("openapiPythonClient", ["generate", "--path", documentFile, ...to], {
        cwd: path,
      });
      expect(generated).toMatchObject({ code: 0 });
      const main = join(import.meta.dir, "python-client/main.py");
      const env = { VIDFERRY_URL: service.url, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: "1" };
      const { code, output } = await runTool("python", [main, scene.youtube.url("example0001"), folder], {
        cwd: path,
        env,
      });
      expect({ code, output }).toEqual({ code: 0, output: `${join(folder, "First talk.mp4")}\n` });
      expect(await resultsBelow(folder)).toEqual(["First talk.mp4"]);
      expect(await runTool("python", [main, nothing, folder], { cwd: path, env })).toMatchObject({
        code: 1,
        output: expect.stringContaining("video_removed"),
      });
    },
    limitMs,
  );
});
