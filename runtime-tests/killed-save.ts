import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { eventually, freePort, tempDir } from "@vidferry/testing";
import { startServer } from "../api/src/index.ts";
import { createHarness } from "../api/src/testing/harness.ts";
import { idOf, makeArtifact, makeJob } from "../api/src/testing/samples.ts";
import { mayMount, mountSmallDisk, type SmallDisk } from "../cli/e2e/small-disk.ts";

const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const part = `.vidferry-${sha256.slice(0, 32)}.part`;
const artifact = makeArtifact(1, bytes.length, { sha256 });
const job = makeJob(8, { state: "succeeded", artifacts: [artifact] });

/** A service whose file stops after half of what was asked for while it is held. */
async function startFiles(port: number, isHeld: boolean, asked: number[]) {
  const { app, service, logger } = createHarness();
  service.jobs.set(job.id, job);
  service.files.set(artifact.id, bytes);
  const { openFile } = service;
  service.openFile = async (...of) => {
    const opened = await openFile(...of);
    const [from, to] = [opened.range?.start ?? 0, (opened.range?.end ?? bytes.length - 1) + 1];
    asked.push(from);
    if (!isHeld) return opened;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(bytes.slice(from, from + (to - from) / 2)),
    });
    return { ...opened, blob: { ...opened.blob, body } };
  };
  return startServer({ app, host: "127.0.0.1", port, logger });
}

/** Saves with a program that is killed in the middle, and run again against a service that ends in the middle. */
export async function saveThroughKills(command: readonly string[], cwd: string, env: Record<string, string>) {
  await using dir = await tempDir("vidferry-save");
  const folder = `${dir.path}/files/`;
  const [port, asked]: [number, number[]] = [await freePort(), []];
  let server = await startFiles(port, true, asked);
  const begin = () =>
    Bun.spawn([...command, `http://127.0.0.1:${port}`, idOf("job", 8), folder], {
      cwd,
      env: { ...process.env, ...env },
      stdout: "pipe",
      stderr: "inherit",
    });
  const saved = async (): Promise<number> => (await stat(join(folder, part)).catch(() => ({ size: 0 }))).size;
  const running = [begin()];
  let disk: SmallDisk | null = null;
  try {
    const first = await eventually(async () => (await saved()) || undefined, { message: "the first bytes" });
    running[0]?.kill("SIGKILL");
    await running[0]?.exited;
    const left = await saved();
    const again = begin();
    running.push(again);
    await eventually(async () => ((await saved()) > left ? true : undefined), { message: "more bytes" });
    await mkdir(join(folder, "full"));
    disk = mayMount ? mountSmallDisk(join(folder, "full"), "1m") : null;
    // Its connections break.
    await server.stop({ graceMs: 0 });
    server = await startFiles(port, false, asked);
    const said = JSON.parse(await new Response(again.stdout).text()) as Record<string, unknown>;
    const names = (await readdir(folder)).toSorted();
    const whole = Buffer.compare(await readFile(join(folder, "A clip.mp4")), bytes) === 0;
    return { said, names, whole, first, left, asked: asked.slice(0, 3), path: join(folder, "A clip.mp4") };
  } finally {
    for (const one of running) one.kill("SIGKILL");
    await Promise.all(running.map((one) => one.exited));
    await server.stop({ graceMs: 0 });
    disk?.[Symbol.dispose]();
  }
}
