import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { JobResource } from "@vidferry/core";
import { setScene } from "./scene.ts";
import { startService } from "./service.ts";

const page = await readFile(new URL("../../docs/api.md", import.meta.url), "utf8");
const [prelude = "", ...blocks] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = ""]) => block);

test("every command on the page about the API is answered as the page says", async () => {
  expect(blocks.length).toBeGreaterThan(8);
  await using scene = await setScene({ env: { WORKER_CONCURRENCY: "1" } });
  const id = "jNQXAC9IVRw";
  scene.youtube.addVideo({ id, title: "Me at the zoo", captions: [{ language: "en" }] });
  await using service = await startService(scene);
  const url = scene.youtube.url(id);
  const done = await service.run({ url, output: { type: "audio", format: "best" } });
  const folder = await scene.folder("page");
  const later = { url, output: { type: "audio", format: "best" }, scheduledFor: "2099-01-01T00:00:00Z" } as const;

  for (const block of blocks) {
    const job: JobResource = block.includes("/files/") ? done : await service.submit(later);
    const tag = (await fetch(`${service.url}/api/v1/downloads/${job.id}`)).headers.get("etag") ?? "";
    const shell = Bun.spawn(
      ["/bin/sh", "-uc", `${prelude}\n${block}`.replaceAll("http://127.0.0.1:8080", service.url)],
      {
        cwd: folder,
        env: { PATH: process.env["PATH"] ?? "", JOB: job.id, FILE: job.artifacts[0]?.id ?? "", TAG: tag },
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    const [said, failed] = await Promise.all([new Response(shell.stdout).text(), new Response(shell.stderr).text()]);
    expect([block, await shell.exited, failed]).toEqual([block, 0, ""]);
    // The only one that shows a refusal names what it refuses.
    if (block.includes('"foo"')) expect(said).toMatch(/"status":422.*\/output\/quality.*\/foo/s);
    else expect(said).not.toMatch(/"status":[45]\d\d/);
    if (block.includes("idempotency-key")) expect(said).toContain("idempotent-replayed: true");
    if (block.includes("if-none-match")) expect(said).toContain("304 Not Modified");
    // Nothing that the page starts has to run to its end.
    await service.post("/downloads/bulk", { action: "cancel", filter: {}, limit: 100 });
  }
}, 180_000);
