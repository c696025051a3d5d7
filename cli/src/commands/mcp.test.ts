import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, tempDir } from "@vidferry/testing";
import { runCommandLine } from "../command-line/command-line.ts";
import { runInProcess } from "../testing/run-in-process.ts";

const server = ["--server", "http://127.0.0.1:1"];

describe("vidferry mcp --listen", () => {
  test("tells its address and a key that it made, answers who has it, and ends with a signal", async () => {
    const stop = new AbortController();
    const notes: string[] = [];
    const ended = runCommandLine(
      ["mcp", "--listen", "127.0.0.1:0", ...server],
      {
        terminal: { out: () => undefined, note: (line) => notes.push(line), interactive: false },
        signals: { stop: stop.signal, force: new AbortController().signal },
      },
      {},
    );
    const [, url = ""] = await eventually(() => /tools for assistants at (http:\S+)/.exec(notes.join("\n")));
    const [, key = ""] = /Bearer …: (\S+)/.exec(notes.join("\n")) ?? [];
    expect(key.length).toBeGreaterThanOrEqual(32);
    const statusWith = async (authorization: string) =>
      (await fetch(url, { method: "POST", headers: { authorization }, body: "{}" })).status;
    expect([await statusWith("Bearer x"), (await statusWith(`Bearer ${key}`)) === 401]).toEqual([401, false]);
    stop.abort();
    expect(await ended).toBe(0);
  });

  test("refuses an address that is none, a key that can be guessed or read by nobody, and a folder beside a server", async () => {
    await using dir = await tempDir("vidferry-mcp");
    const short = join(dir.path, "key");
    await writeFile(short, "short\n");
    for (const [args, says] of [
      [["--listen", "everywhere"], /^--listen: expected an address/],
      [["--listen", "127.0.0.1:99999"], /^--listen: expected an address/],
      [["--listen", "0", "--mcp-key-file", short], /fewer than 16 letters/],
      [["--listen", "0", "--mcp-key-file", "/nowhere"], /^--mcp-key-file: \/nowhere/],
      [["--data", dir.path], /^--data: does not go with a server/],
    ] as const) {
      const { exitCode, notes } = await runInProcess(["mcp", ...args, ...server]);
      expect([exitCode, notes.join()]).toEqual([2, expect.stringMatching(says)]);
    }
  });
});
