import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { tempDir } from "@vidferry/testing";
import { startServer } from "../../api/src/index.ts";
import { createHarness } from "../../api/src/testing/harness.ts";
import { makeArtifact } from "../../api/src/testing/samples.ts";
import { noProgress, toJobResource } from "../../core/src/index.ts";

const root = resolve(import.meta.dir, "../..");

/** A service whose jobs end as soon as they are followed. */
function startService() {
  const { app, service, logger } = createHarness();
  const sha256 = createHash("sha256").update("bytes").digest("hex");
  const artifact = makeArtifact(1, 5, { sha256 });
  service.files.set(artifact.id, new TextEncoder().encode("bytes"));
  service.onFollow = async function* (id, _signal, lastEventId) {
    const job = service.jobs.get(id);
    if (job === undefined || lastEventId !== null) return;
    yield { id: "1-0", type: "job", data: toJobResource({ ...job, state: "running" }) };
    const progress = { ...noProgress, percent: 50, bytesPerSecond: 1_000 };
    yield { id: "2-0", type: "progress", data: { jobId: id, attempt: 1, stage: "downloading", progress } };
    const error = { code: "video_private", detail: "Private.", hint: "Ask its owner.", retryable: false } as const;
    const ended = job.request.url.endsWith("private")
      ? { ...job, state: "failed" as const, attempt: 1, error }
      : { ...job, state: "succeeded" as const, artifacts: [artifact] };
    service.jobs.set(id, ended);
    yield { id: "3-0", type: "job", data: toJobResource(ended) };
  };
  service.onFollowAll = async function* () {
    yield { id: "4-0", type: "snapshot", data: { jobs: 0, complete: true } };
    for (const job of service.jobs.values()) yield { id: "5-0", type: "job", data: toJobResource(job) };
  };
  return startServer({ app, host: "127.0.0.1", port: 0, logger });
}

test("the program on the page about the client compiles and does what the page says", async () => {
  const page = await readFile(join(root, "docs/sdk.md"), "utf8");
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
  expect(blocks.length).toBeGreaterThan(8);
  await using dir = await tempDir("vidferry-docs");
  const server = await startService();
  try {
    await mkdir(join(dir.path, "node_modules/@vidferry"), { recursive: true });
    await symlink(join(root, "sdk"), join(dir.path, "node_modules/@vidferry/sdk"));
    const program = blocks.join("\n").replaceAll("http://127.0.0.1:8080", server.url);
    await Bun.write(join(dir.path, "program.ts"), program);
    const config = { extends: join(root, "tsconfig.json"), include: [], files: ["program.ts"] };
    const typeRoots = [join(root, "node_modules")];
    await Bun.write(join(dir.path, "tsconfig.json"), JSON.stringify({ ...config, compilerOptions: { typeRoots } }));
    const run = async (...args: readonly string[]) => {
      const child = Bun.spawn([process.execPath, ...args], {
        cwd: dir.path,
        stdout: "pipe",
        stderr: "inherit",
        timeout: 150_000,
        killSignal: "SIGKILL",
      });
      const out = await new Response(child.stdout).text();
      return { code: await child.exited, lines: out.trim().split("\n") };
    };
    expect(await run(join(root, "node_modules/typescript-7/bin/tsc"))).toEqual({ code: 0, lines: [""] });
    const { code, lines } = await run("program.ts");
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [
        "local",
        ...["running null", "downloading 50", "succeeded null"],
        ...["5 bytes are there", "A clip.mp4"],
        ...["A clip.mp4 true", "video true true"],
        ...["1000", "3-0"],
        ...["0 jobs are unfinished", "job_00000000000000000000000000000001 succeeded"],
        expect.stringMatching(/^snapshot \d{4}-/),
        "1 null",
        // The service behind this test keeps jobs but does not sort them by state.
        "job_00000000000000000000000000000001 undefined",
        "1",
        "A title 0",
        "1 0 true",
        "expanding 2",
        "canceled",
        "headers",
        "0 3",
        "200",
        "video_private Ask its owner. 1",
        "true",
        "true 200 true",
        "ok 1.2.3",
      ],
    });
  } finally {
    await server.stop({ graceMs: 0 });
  }
}, 180_000);
