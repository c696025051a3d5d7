import { expect, test } from "bun:test";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tempDir } from "@vidferry/testing";
import { keepThread, takeThread } from "./threads.ts";

test("a thread that has done its work does the next one too, unless it has ended", async () => {
  const first = takeThread();
  keepThread(first);
  const again = takeThread();
  expect(again).toBe(first);
  const other = takeThread();
  expect(other).not.toBe(first);
  const gone = once(first, "exit");
  await first.terminate();
  await gone;
  keepThread(first);
  const next = takeThread();
  expect(next).not.toBe(first);
  for (const thread of [other, next]) await thread.terminate();
});

test("a thread that waits for work keeps no process from ending", async () => {
  await using dir = await tempDir("vidferry-threads");
  const info = join(dir.path, "info.json");
  await writeFile(
    info,
    JSON.stringify({ id: "1", title: "one", extractor: "generic", url: "https://example.com/1.mp4" }),
  );
  const program = join(dir.path, "program.ts");
  const module = fileURLToPath(new URL("read.ts", import.meta.url));
  await writeFile(
    program,
    `import { readInfo } from ${JSON.stringify(module)};
     for (let time = 0; time < 2; time++) console.log((await readInfo(${JSON.stringify(info)})).title);`,
  );
  const child = Bun.spawn([process.execPath, program], { stdout: "pipe", stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toBe("one\none\n");
  expect(await child.exited).toBe(0);
});
