import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Vidferry } from "@vidferry/sdk";
import { onlyWhole, programFile, type SampleVideo } from "@vidferry/testing";
import { createTools } from "../src/mcp/tools.ts";
import { runInProcess } from "../src/testing/run-in-process.ts";
import { resultsBelow, type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const limitMs = 300_000;
const testWhole = onlyWhole(test);
const small = (id: string, title: string): SampleVideo => ({
  ...{ id, title, itags: [18], challenge: "none" },
  captions: [{ language: "en" }],
});

let scene: Scene;
let service: Service;
beforeAll(async () => {
  scene = await setScene({
    catalogue: {
      videos: [1, 2, 3].map((part) => small(`remotePart${part}`, `Part ${part}`)),
      playlists: [
        { id: "PLremoteList001", title: "A list", videoIds: ["remotePart1", "remotePart2"] },
        { id: "PLremoteLater01", title: "The list later", videoIds: ["remotePart3", "remotePart1", "remotePart2"] },
      ],
    },
  });
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
}, limitMs);

const remote = (...args: readonly string[]) =>
  runInProcess(["remote", ...args], { ...scene.env, VIDFERRY_URL: service.url });

describe("vidferry remote", () => {
  test(
    "has the videos of a list made by the server, and saves them here; the same command again makes no other jobs",
    async () => {
      const out = await scene.folder("remote");
      const args = [scene.youtube.playlistUrl("PLremoteList001"), "--match", "Part", "--out", out];
      const first = await remote(...args);
      expect([first.exitCode, first.exitCode === 0 ? [] : first.notes]).toEqual([0, []]);
      expect(first.notes.at(-1)).toMatch(/^2 saved/);
      expect(await resultsBelow(out)).toEqual(["Part 1.mp4", "Part 2.mp4"]);

      const again = await remote(...args);
      expect([again.exitCode, again.notes.at(-1)]).toEqual([0, expect.stringMatching(/^2 already here/)]);
      // Also where what is remembered of the folder is gone, the server knows the jobs.
      await rm(join(out, ".vidferry"), { recursive: true });
      expect((await remote(...args)).exitCode).toBe(0);
      const { out: listed } = await remote("list", "--state", "succeeded", "--json");
      expect(
        listed.map((line) => (JSON.parse(line) as { job: { media: { title: string } } }).job.media.title).sort(),
      ).toEqual(["Part 1", "Part 2"]);
      // The same video by another link is another request, whose key the server has not seen.
      await rm(join(out, ".vidferry"), { recursive: true });
      const spelled = await remote("https://youtu.be/remotePart1", "--out", out);
      expect([spelled.exitCode, spelled.exitCode === 0 ? [] : spelled.notes]).toEqual([0, []]);
    },
    limitMs,
  );

  testWhole(
    "lists, cancels and retries jobs, follows them and saves their files",
    async () => {
      const out = await scene.folder("moves");
      const later = await service.submit({
        url: scene.youtube.url("remotePart1"),
        scheduledFor: "2998-01-01T00:00:00Z",
      });
      expect((await remote("cancel", later.id)).out).toEqual([`${later.id}  canceled`]);
      expect((await remote("retry", later.id)).out).toEqual([
        expect.stringMatching(new RegExp(`^${later.id}  (?:queued|scheduled|running)`)),
      ]);
      expect((await remote("list", "--limit", "1")).out).toEqual([expect.stringContaining(later.id)]);

      const { out: made } = await remote(
        "get",
        scene.youtube.url("remotePart2"),
        "--audio",
        "m4a",
        "--detach",
        "--server",
        service.url,
      );
      expect(made).toEqual([expect.stringMatching(/^job_/)]);
      const followed = await remote("follow", made[0] ?? "");
      expect([followed.exitCode, followed.notes.at(-1)]).toEqual([0, expect.stringContaining("succeeded: Part 2")]);
      expect((await remote("save", made[0] ?? "", "--out", out)).exitCode).toBe(0);
      expect(await resultsBelow(out)).toEqual(["Part 2.m4a"]);
    },
    limitMs,
  );

  testWhole(
    "takes with --new what was never saved here, also by download, one at a time with --jobs 1",
    async () => {
      const out = await scene.folder("new");
      const shape = ["--audio", "m4a", "--out", out];
      const [first, later] = ["PLremoteList001", "PLremoteLater01"].map((id) => scene.youtube.playlistUrl(id));
      const json = await remote(first ?? "", ...shape, "--new", "--jobs", "1", "--json");
      const urls = json.out
        .map((line) => (JSON.parse(line) as { url?: string }).url)
        .filter((url) => url !== undefined);
      expect([json.exitCode, urls.filter((url, index) => url !== urls[index - 1])]).toEqual([
        0,
        ["remotePart1", "remotePart2"].map((id) => scene.youtube.url(id)),
      ]);
      for (const name of await resultsBelow(out)) await rm(join(out, name));

      const { exitCode, notes } = await remote(later ?? "", ...shape, "--new");
      expect([exitCode, await resultsBelow(out)]).toEqual([0, ["Part 3.m4a"]]);
      expect(notes.at(-1)).toMatch(/^1 saved .*2 skipped/);
      const locally = await runInProcess(["download", later ?? "", ...shape, "--new"], scene.env);
      expect([locally.exitCode, await resultsBelow(out)]).toEqual([0, ["Part 3.m4a"]]);
    },
    limitMs,
  );

  testWhole(
    "with --detach makes a batch of a list, whose files are saved later, and which is followed, canceled and retried",
    async () => {
      const out = await scene.folder("batch");
      const args = [scene.youtube.playlistUrl("PLremoteLater01"), "--limit", "2", "--transcript", "--subs", "en"];
      const made = await remote(...args, "--detach");
      expect([made.exitCode, made.out]).toEqual([0, [expect.stringMatching(/^bat_/)]]);
      const [id = ""] = made.out;
      expect((await remote(...args, "--detach", "--json")).out).toEqual([expect.stringContaining(`"id":"${id}"`)]);

      expect([(await remote("save", id, "--out", out)).exitCode, await resultsBelow(out)]).toEqual([
        0,
        ["Part 1.en.srt", "Part 3.en.srt"],
      ]);
      const followed = await remote("follow", id);
      expect([followed.exitCode, followed.notes]).toEqual([
        0,
        expect.arrayContaining([`${id} finished: The list later, 2 succeeded, 0 failed`]),
      ]);
      const waiting = { urls: [scene.youtube.url("remotePart1")], request: { scheduledFor: "2998-01-01T00:00:00Z" } };
      const later = ((await (await service.post("/batches", waiting)).json()) as { id: string }).id;
      expect((await remote("cancel", later)).out).toEqual([`${later}  canceled`]);
      const retried = await remote("retry", later);
      expect([retried.exitCode, retried.notes.join()]).toEqual([1, expect.stringContaining("invalid_state")]);
      expect((await remote(...args, "--detach", "--new")).exitCode).toBe(2);
    },
    limitMs,
  );

  testWhole(
    "tells with --verbose what is asked of the server",
    async () => {
      const out = await scene.folder("verbose");
      const { exitCode, notes } = await remote(scene.youtube.url("remotePart1"), "--verbose", "--out", out);
      expect([exitCode, notes]).toEqual([
        0,
        expect.arrayContaining([
          expect.stringMatching(/^vidferry: a try ended \{"method":"POST","path":"\/api\/v1\/downloads","status":202/),
        ]),
      ]);
      expect((await remote("x", "--jobs", "65")).notes.join()).toMatch(/^--jobs: expected a number from 1 to 64/);
    },
    limitMs,
  );

  test("says what is wrong: no server, one that does not answer, a job that is not there, a pattern", async () => {
    const nowhere = await runInProcess(["remote", scene.youtube.url("remotePart1")], scene.env);
    expect([nowhere.exitCode, nowhere.notes.join()]).toEqual([2, expect.stringMatching(/^which server\?/)]);
    const wrong = await remote("list", "--server", "ftp://x");
    expect([wrong.exitCode, wrong.notes.join()]).toEqual([2, expect.stringMatching(/^--server must be/)]);
    const gone = await remote("follow", "job_00000000000000000000000000000000");
    expect([gone.exitCode, gone.notes.join()]).toEqual([1, expect.stringContaining("not_found")]);
    expect((await remote(scene.youtube.url("remotePart1"), "--match", "/(/")).notes.join()).toMatch(/^--match: /);
  });
});

const textOf = (result: object): string =>
  (result as { content: { text: string }[] }).content.map(({ text }) => text).join();

describe("vidferry mcp", () => {
  test(
    "reads a transcript with its times, downloads, tells how far that is, and finds it again",
    async () => {
      const [near, far] = InMemoryTransport.createLinkedPair();
      const tools = createTools(new Vidferry({ baseUrl: service.url }));
      await tools.connect(far);
      const client = new Client({ name: "test", version: "1" });
      await client.connect(near);
      const call = async (name: string, args: Record<string, unknown>) =>
        textOf(await client.callTool({ name, arguments: args }));
      const url = scene.youtube.url("remotePart1");

      expect(await call("probe", { url })).toMatch(/^title +Part 1/);
      const read = await call("transcript", { url, language: "en" });
      expect(read).toMatch(/^Part 1 \(en\)\n\n\[0:0\d\] .+[\s\S]*This is the end\.$/);
      expect(await call("transcript", { url, language: "en" })).toBe(read);

      const id = /job_[0-9a-f]+/.exec(await call("download", { url, audio: "opus" }))?.[0] ?? "";
      await service.finished(id);
      const status = await call("status", { id });
      expect(status).toMatch(/succeeded\nPart 1\nPart 1\.opus \(.*\): http/);
      expect((await fetch(/http\S+$/.exec(status)?.[0] ?? "")).status).toBe(200);
      expect(await call("search", { query: "Part 1" })).toContain(id);
      await client.close();
    },
    limitMs,
  );

  testWhole(
    "over standard input and output does the work itself, and ends with its client",
    async () => {
      const main = programFile(new URL("../src/main.ts", import.meta.url));
      const data = await scene.folder("assistant");
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: ["--no-install", "--no-env-file", main, "mcp", "--data", data],
        env: { ...scene.env, DATABASE_URL: "sqlite:/nowhere/theirs.db" },
        stderr: "ignore",
        cwd: scene.home,
      });
      const client = new Client({ name: "test", version: "1" });
      await client.connect(transport);
      const answer = await client.callTool({ name: "probe", arguments: { url: scene.youtube.url("remotePart2") } });
      expect(textOf(answer)).toMatch(/^title +Part 2/);
      expect(textOf(await client.callTool({ name: "search", arguments: {} }))).toBe("There is none.");
      await client.close();
    },
    limitMs,
  );
});
