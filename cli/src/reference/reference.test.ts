import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { commandTree, everyCommand } from "../command-line/command-line.ts";
import { runInProcess } from "../testing/run-in-process.ts";

const root = commandTree(async () => undefined);
const every = everyCommand(root);
const longs = [...new Set(every.flatMap((command) => command.options.map(({ long }) => String(long))))];

describe("the manual page", () => {
  test("has every command and option, and no line of a text that roff would take for a command of its own", async () => {
    const { exitCode, out } = await runInProcess(["man"]);
    const page = out.join("\n");
    expect(exitCode).toBe(0);
    const plain = page.replaceAll("\\-", "-");
    for (const name of longs) expect(plain).toContain(name);
    for (const line of page.split("\n")) if (/^[.']/.test(line)) expect(line).toMatch(/^\.(TH|SH|SS|TP|B)\b/);
  });
});

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("of %s knows every command and option", async (shell) => {
    const { exitCode, out } = await runInProcess(["completion", shell]);
    expect(exitCode).toBe(0);
    const script = out.join("\n");
    for (const command of every.slice(1)) expect(script).toContain(command.name());
    for (const name of longs) expect(script).toContain(shell === "fish" ? ` -l ${name.slice(2)} ` : name);
  });

  test("of another shell is refused with those that there are", async () => {
    const { exitCode, notes } = await runInProcess(["completion", "tcsh"]);
    expect([exitCode, notes.join()]).toEqual([2, expect.stringContaining("bash, zsh, fish")]);
  });

  test("in bash completes commands, their options, and files where a file belongs; it runs nothing of what was typed", async () => {
    await using dir = await tempDir("vidferry-completion");
    const { out } = await runInProcess(["completion", "bash"]);
    writeFileSync(join(dir.path, "vidferry.bash"), out.join("\n"));
    writeFileSync(join(dir.path, "cookies.txt"), "");
    mkdirSync(join(dir.path, "videos"));
    const lines: readonly (readonly string[])[] = [
      ["vidferry", "down"],
      ["vidferry", "keys", ""],
      ["vidferry", "keys", "create", "--sc"],
      ["vidferry", "download", "https://youtu.be/x?a=$(touch gone)&b", "--thumbnail-"],
      ["vidferry", "download", "--cookies", "co"],
      ["vidferry", "download", "--out", ""],
      ["vidferry", "download", "--quality", ""],
      ["vidferry", "completion", "f"],
    ];
    const script = lines
      .map((words) => {
        const array = words.map((word) => `'${word}'`).join(" ");
        return `COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}; _vidferry; (IFS=,; echo "\${COMPREPLY[*]}")`;
      })
      .join("\n");
    const answer = execFileSync("bash", ["-c", `source ./vidferry.bash; compopt() { :; }\n${script}\nLC_ALL=C ls`], {
      cwd: dir.path,
      encoding: "utf8",
    });
    expect(answer.trim().split("\n")).toEqual([
      "download",
      "create,list,rotate,revoke",
      "--scopes",
      "--thumbnail-format",
      "cookies.txt",
      "videos",
      "",
      "fish",
      ...["cookies.txt", "videos", "vidferry.bash"],
    ]);
  });
});
