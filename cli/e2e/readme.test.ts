import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { ffprobe } from "./ffprobe.ts";
import { filesBelow, setScene } from "./scene.ts";
import { startService } from "./service.ts";

const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");

test("the README's walk-through does what it says, command by command", async () => {
  const commands = /<!-- walk-through[^>]*-->\s*```sh\n([\s\S]*?)```\s*<!-- end of walk-through -->/.exec(readme)?.[1];
  if (commands === undefined) throw new Error("the README has no walk-through");
  await using scene = await setScene();
  // The video that the README names; the double plays it.
  scene.youtube.addVideo({ id: "jNQXAC9IVRw", title: "Me at the zoo", captions: [{ language: "en" }] });
  await using service = await startService(scene);
  const folder = await scene.folder("walk");
  const shell = spawn("/bin/sh", ["-eux", "-c", commands.replaceAll("http://127.0.0.1:8080", service.url)], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let trace = "";
  shell.stdout.on("data", (chunk) => {
    output += chunk;
  });
  shell.stderr.on("data", (chunk) => {
    trace += chunk;
  });
  const [exitCode] = await once(shell, "close");
  expect([exitCode, exitCode === 0 ? "" : trace]).toEqual([0, ""]);
  expect(output).toMatch(/event: job\ndata: \{.*"state":"succeeded"/);
  expect(output).toContain('"kind":"video"');
  const [video] = (await filesBelow(folder)).filter((name) => name.endsWith(".mp4"));
  expect(video).toBe("Me at the zoo.mp4");
  expect((await ffprobe(`${folder}/${video}`)).streams.length).toBeGreaterThanOrEqual(2);
  expect((await service.job(/"id":"(job_[0-9a-f]{32})"/.exec(output)?.[1] ?? "")) as unknown).toMatchObject({
    code: "not_found",
  });
}, 90_000);
