import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { playabilities } from "@vidferry/testing";
import { runCommand } from "./command.ts";
import { filesBelow, type Scene, setScene } from "./scene.ts";

const limitMs = 120_000;
const cookie = (name: string, value: string) => `.youtube.com\tTRUE\t/\tTRUE\t2000000000\t${name}\t${value}\n`;
let scene: Scene;

beforeAll(async () => {
  scene = await setScene({
    catalogue: {
      videos: [
        {
          id: "signedInVid",
          title: "For members",
          itags: [18],
          playability: playabilities.members,
          openedBy: "SESSION=s3cret",
          setCookies: ["TURN=s3cretThatIsNew; Domain=.youtube.com; Path=/; Secure; Max-Age=31536000"],
        },
      ],
    },
  });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

const run = (cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(args, { cwd, env: { ...scene.env, ...env } });

test(
  "vidferry download --cookies fetches what wants a login, and keeps the file up to date",
  async () => {
    const out = await scene.folder("cookies");
    const file = join(await scene.folder("private"), "cookies.txt");
    const link = scene.youtube.url("signedInVid");
    const without = await run(out, ["download", link]);
    expect([without.exitCode, /members_only: .*--cookies FILE/.test(without.stderr)]).toEqual([1, true]);
    await writeFile(file, cookie("SESSION", "s3cret"), { mode: 0o600 });
    const { exitCode, stdout, stderr } = await run(out, ["download", link, "--cookies", file], { LOG_LEVEL: "debug" });
    expect([exitCode, await filesBelow(out)]).toEqual([0, expect.arrayContaining(["For members.mp4"])]);
    expect(stdout + stderr).not.toContain("s3cret");
    expect(await readFile(file, "utf8")).toContain("\tTURN\ts3cretThatIsNew\n");
  },
  limitMs,
);

test(
  "cookies that cannot be used stop the command before anything else, by the name of the option or the variable",
  async () => {
    const home = await scene.folder("bad-cookies");
    const option = await run(home, ["download", scene.youtube.url("muxedOnly01"), "--cookies", "none.txt"]);
    expect([option.exitCode, option.stderr]).toEqual([2, expect.stringMatching(/--cookies: expected a file that can/)]);
    await writeFile(join(home, "cookies.json"), "[]");
    for (const args of [["serve"], ["worker"], ["download", scene.youtube.url("muxedOnly01")]]) {
      const variable = await run(home, args, { COOKIES_FILE: "cookies.json", PORT: "0" });
      expect([variable.exitCode, variable.stderr]).toEqual([78, expect.stringMatching(/COOKIES_FILE: .*not JSON/)]);
    }
  },
  limitMs,
);
