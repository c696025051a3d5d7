import { describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";

const terminal = fileURLToPath(new URL("terminal.ts", import.meta.url));

/** A command that says a lot and exits, as the shell would run it: `… | reader`. */
async function pipe(reader: string) {
  const command = `
    import { flushOutput, outliveReaders, processTerminal } from ${JSON.stringify(terminal)};
    outliveReaders();
    const { out, note } = processTerminal();
    for (let line = 0; line < 20000; line++) out(\`line \${line} \${"x".repeat(60)}\`);
    note("said everything");
    await flushOutput();
    process.exit();`;
  const child = Bun.spawn(["/bin/sh", "-c", `"$0" --no-install -e "$1" | ${reader}`, process.execPath, command], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { stdout, stderr, code: await child.exited };
}

describe("the output of a command", () => {
  test("reaches a reader that is slower than the command, to the last line", async () => {
    const { stdout, stderr } = await pipe("{ sleep 1; wc -l; }");
    expect([stdout.trim(), stderr.trim()]).toEqual(["20000", "said everything"]);
  });

  test("may be cut by its reader, as by `| head`, without a word about it", async () => {
    const { stdout, stderr } = await pipe("head -n 1");
    expect(stdout).toStartWith("line 0 ");
    expect(stderr.trim()).toBe("said everything");
  });

  test("takes no notice of what a library says after the command has ended", async () => {
    const command = `
      import { flushOutput, outliveReaders } from ${JSON.stringify(terminal)};
      outliveReaders();
      process.exitCode = 78;
      await flushOutput();
      process.stderr.write("a socket is closing");
      await new Promise((resolve) => setTimeout(resolve, 20));
      process.exit();`;
    const child = Bun.spawn([process.execPath, "--no-install", "-e", command], { stdout: "pipe", stderr: "pipe" });
    expect(await child.exited).toBe(78);
  });
});
