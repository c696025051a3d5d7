import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { findPythonProgram } from "./python-program.ts";

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir("vidferry-program");
});
afterEach(() => dir[Symbol.asyncDispose]());

const write = async (text: string) => {
  const path = join(dir.path, "yt-dlp");
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
};
const script = "import sys\nfrom yt_dlp import main\nif __name__ == '__main__':\n    sys.exit(main())\n";

describe("a yt-dlp that is a Python program", () => {
  test.each([
    ["#!/opt/venv/bin/python3.12\n", ["/opt/venv/bin/python3.12"]],
    ["#!/usr/bin/python3 -sP\n", ["/usr/bin/python3", "-sP"]],
    ["#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n", ["/usr/bin/env", "python3"]],
    [`#!/bin/sh\n'''exec' "/a long/way/bin/python3" "$0" "$@"\n' '''\n`, ["/a long/way/bin/python3"]],
    [
      `#!/bin/sh\n'''exec' /a/${"long/".repeat(30)}python3.11 "$0" "$@"\n' '''\n`,
      [`/a/${"long/".repeat(30)}python3.11`],
    ],
  ])("is known by its first lines: %s", async (head, interpreter) => {
    const path = await write(head + script);
    expect(await findPythonProgram(path, "")).toMatchObject({ path, interpreter, modules: dir.path });
  });

  test("may be an archive, which then holds its modules", async () => {
    const path = await write(`#!/usr/bin/env python3\nPK\x03\x04${"\0".repeat(10_000)}`);
    expect(await findPythonProgram(path, "")).toMatchObject({ path, modules: path });
  });

  test("is looked up where programs are", async () => {
    const path = await write(`#!/usr/bin/python3\n${script}`);
    expect(await findPythonProgram("yt-dlp", ["/nowhere", dir.path].join(delimiter))).toMatchObject({ path });
    expect(await findPythonProgram("yt-dlp", "/nowhere")).toBeNull();
  });

  test("has another state when it was replaced", async () => {
    const before = await findPythonProgram(await write(`#!/usr/bin/python3\n${script}`), "");
    const after = await findPythonProgram(await write(`#!/usr/bin/python3\n\n${script}`), "");
    expect(after?.state).not.toBe(before?.state);
  });
});

test.each([
  ["a shell script", "#!/bin/sh\nexec python3 -m yt_dlp\n"],
  ["another Python program", "#!/usr/bin/python3\nimport os\n"],
  ["a program for the machine", "\x7fELF\x02\x01\x01"],
  ["nothing", ""],
])("%s is none", async (_kind, text) => {
  expect(await findPythonProgram(await write(text), "")).toBeNull();
});
