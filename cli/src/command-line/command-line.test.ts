import { describe, expect, test } from "bun:test";
import packageJson from "../../package.json" with { type: "json" };
import { runInProcess } from "../testing/run-in-process.ts";
import { commandTree, everyCommand } from "./command-line.ts";
import { pathOf } from "./help-style.ts";

const every = everyCommand(commandTree(async () => undefined));
const link = "https://youtu.be/jNQXAC9IVRw";

describe("help", () => {
  test.each(every.map((command) => [pathOf(command), command.options] as const))(
    "%s --help explains it and its options, while a setting is invalid",
    async (path, options) => {
      const args = path.split(" ").slice(1);
      const { exitCode, out, notes } = await runInProcess([...args, "--help"], { PORT: "eighty" });
      expect([exitCode, notes]).toEqual([0, []]);
      expect(out.join("\n")).toStartWith(`Usage: ${path} `);
      for (const { long } of options) expect(out.join("\n")).toContain(String(long));
    },
  );

  test("is what a bare vidferry says, and every command has a line about it", async () => {
    const [bare, asked] = await Promise.all([runInProcess([]), runInProcess(["help"])]);
    expect([bare.exitCode, bare.out]).toEqual([0, asked.out]);
    for (const command of every)
      expect([pathOf(command), command.description() !== ""]).toEqual([pathOf(command), true]);
  });

  test("the version is told by a command and by an option", async () => {
    for (const args of [["version"], ["--version"], ["-V"]])
      expect(await runInProcess(args)).toEqual({ exitCode: 0, out: [packageJson.version], notes: [] });
  });
});

describe("a command that was typed wrongly", () => {
  test.each<readonly [args: string, says: RegExp]>([
    ["download", /^which URL/],
    [
      `download ${link} --qualty 1080p`,
      /^unknown option '--qualty' \(Did you mean --quality\?\); see: vidferry download --help$/,
    ],
    [`download ${link} --out --nfo`, /--out needs a value, but --nfo follows/],
    [`download ${link} --out`, /'-o, --out <DIR>' argument missing/],
    ["downlod", /^there is no command "downlod" \(Did you mean download\?\); see: vidferry --help$/],
    ["keys", /^Usage: vidferry keys COMMAND/],
    ["keys frobnicate", /^keys: there is no command "frobnicate"/],
    ["keys revoke", /missing required argument 'ID'\n\nvidferry keys revoke ID/],
    ["keys revoke key_1", /expected the id of one key/],
    ["serve --port 9000", /^serve takes no arguments, but got "--port".*environment variables/],
    ["migrate now", /^migrate takes no arguments, but got "now"/],
    ["drain", /name the host of the workers, or --all/],
    ["drain web-1 --all", /name the host of the workers, or --all/],
    ["doctor --delete", /belong to --orphans/],
    ["doctor --orphans --remove", /unknown option '--remove'.*there are --orphans, --delete, --adopt; see/],
    ["doctor --orphans --adopt --delete", /two steps/],
    ["backup", /missing required argument 'PLACE'/],
    ["backup /b --keep none", /--keep takes a number of backups/],
    ["engine use 2026.10.26 --share 200", /--share is a percentage/],
    ["accounts erase", /accounts erase OWNER/],
    ["jobs delete --yes", /say which jobs/],
    ["jobs retry job_1", /no id of a job/],
  ])("`vidferry %s` is told what is wrong: exit 2", async (line, says) => {
    const { exitCode, out, notes } = await runInProcess(line.split(" "));
    expect([exitCode, out]).toEqual([2, []]);
    expect(notes.join("\n")).toMatch(says);
    expect(notes.join("\n")).not.toContain("    at ");
  });

  test("is told as a JSON object with --json, and so is a setting that is wrong", async () => {
    const wrong = await runInProcess(["download", link, "--json", "--qualty", "1080p"]);
    expect([wrong.exitCode, wrong.notes]).toEqual([2, []]);
    expect(JSON.parse(wrong.out.join())).toEqual({
      version: 1,
      event: "error",
      code: "usage",
      detail: expect.stringContaining("--qualty"),
      hint: null,
    });
    const setting = await runInProcess(["download", link, "--json"], { MAX_FILE_BYTES: "much" });
    expect(setting.exitCode).toBe(78);
    expect(JSON.parse(setting.out.join())).toMatchObject({
      code: "configuration",
      detail: expect.stringContaining("MAX_FILE_BYTES"),
    });
  });
});
