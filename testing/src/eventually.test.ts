import { expect, test } from "bun:test";
import { access, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";
import { tempDir } from "./temp-dir.ts";

test("returns the first truthy value, through falsy ones and errors", async () => {
  const answers = [
    () => undefined,
    () => {
      throw new Error("not yet");
    },
    () => 0,
    () => "there",
  ];
  expect(await eventually<string | number | undefined>(() => answers.shift()?.(), { intervalMs: 1 })).toBe("there");
});

test("gives up with what it waited for and the last error", async () => {
  const waiting = eventually(() => Promise.reject(new Error("still closed")), {
    timeoutMs: 20,
    intervalMs: 1,
    message: "the door",
  });
  await expect(waiting).rejects.toThrow("the door did not come true within 20 ms: still closed");
});

test("a temporary folder goes away with what is in it", async () => {
  let path = "";
  {
    await using dir = await tempDir();
    path = dir.path;
    await writeFile(join(path, "a"), "");
  }
  await expect(access(path)).rejects.toThrow();
});

test("nobody listens on a free port", async () => {
  const socket = connect(await freePort(), "127.0.0.1");
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.on("error", resolve));
  expect(error.code).toBe("ECONNREFUSED");
});
