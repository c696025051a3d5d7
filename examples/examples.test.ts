import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  absenceOf,
  eventually,
  findRuntime,
  findTools,
  onlyWhole,
  startYouTubeDouble,
  tempDir,
  type YouTubeDouble,
} from "@vidferry/testing";
import { type RunningServer, startServer } from "../api/src/index.ts";
import { createHarness } from "../api/src/testing/harness.ts";
import { makeArtifact } from "../api/src/testing/samples.ts";
import { createWebhookSender } from "../core/src/adapters/webhooks/index.ts";
import { type JobResource, noProgress, toJobResource } from "../core/src/index.ts";

const testWhole = onlyWhole(test);

const root = resolve(import.meta.dir, "..");
const link = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

async function run(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", ...env },
    stdout: "pipe",
    stderr: "pipe",
    timeout: 90_000,
    killSignal: "SIGKILL",
  });
  const [out, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, said };
}

const deno = findRuntime("deno");
const node = findRuntime("node");

/** A service whose jobs succeed as soon as they are followed; a link that ends in `private` fails. */
function startService(): Promise<RunningServer> {
  const { app, service, logger } = createHarness();
  const artifact = makeArtifact(1, 5, { fileName: "A clip.mp4" });
  service.files.set(artifact.id, new TextEncoder().encode("bytes"));
  service.onFollow = async function* (id) {
    const job = service.jobs.get(id);
    if (job === undefined) return;
    yield { id: "1-0", type: "job", data: toJobResource({ ...job, state: "running" }) };
    const progress = { ...noProgress, percent: 50 };
    yield { id: "2-0", type: "progress", data: { jobId: id, attempt: 1, stage: "downloading", progress } };
    const error = {
      code: "video_private",
      detail: "The video is private.",
      hint: "Ask its owner.",
      retryable: false,
    } as const;
    const ended = job.request.url.endsWith("private")
      ? { ...job, state: "failed" as const, error }
      : { ...job, state: "succeeded" as const, artifacts: [artifact] };
    service.jobs.set(id, ended);
    yield { id: "3-0", type: "job", data: toJobResource(ended) };
  };
  return startServer({ app, host: "127.0.0.1", port: 0, logger });
}

describe("the examples of the client", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startService();
    // Outside Bun the client is what was built.
    expect(await run([process.execPath, "run", "build"], join(root, "sdk"))).toMatchObject({ code: 0 });
  }, 180_000);

  afterAll(() => server?.stop({ graceMs: 0 }));

  const download = async (example: string, command: readonly string[]) => {
    await using dir = await tempDir("vidferry-example");
    const outcome = await run([...command, link, dir.path], join(import.meta.dir, example), {
      VIDFERRY_URL: server.url,
    });
    expect(outcome).toMatchObject({ code: 0, out: `${dir.path}/A clip.mp4\n` });
    expect(await Bun.file(join(dir.path, "A clip.mp4")).text()).toBe("bytes");
    return outcome;
  };

  test("sdk-bun saves the files", async () => {
    const { said } = await download("sdk-bun", [process.execPath, "main.ts"]);
    expect(said).toContain("downloading 50 %");
  }, 180_000);

  testWhole(
    "sdk-bun says why a download failed",
    async () => {
      const command = [process.execPath, "main.ts", `${link}&private`];
      const outcome = await run(command, join(import.meta.dir, "sdk-bun"), { VIDFERRY_URL: server.url });
      expect(outcome).toMatchObject({ code: 1, out: "" });
      expect(outcome.said).toEndWith("video_private: The video is private. Ask its owner.\n");
    },
    180_000,
  );

  test.skipIf(node === undefined)(
    `sdk-node saves the files${absenceOf("Node", node)}`,
    async () => {
      const { said } = await download("sdk-node", [node ?? "", "main.js"]);
      expect(said).toBe("running\ndownloading 50\nsucceeded\n");
    },
    180_000,
  );

  onlyWhole(test.skipIf(deno === undefined))(
    `sdk-deno saves the files${absenceOf("Deno", deno)}`,
    async () => {
      await download("sdk-deno", [
        deno ?? "",
        "run",
        "-A",
        "--no-lock",
        "--cached-only",
        "--node-modules-dir=manual",
        "main.js",
      ]);
    },
    180_000,
  );

  test("sdk-browser needs nothing that a browser does not have", async () => {
    const built = await Bun.build({
      entrypoints: [join(import.meta.dir, "sdk-browser/index.html")],
      target: "browser",
    });
    const scripts = await Promise.all(
      built.outputs.filter(({ path }) => path.endsWith(".js")).map((file) => file.text()),
    );
    expect(scripts.length).toBe(1);
    expect(scripts.join("")).toContain("/api/v1/downloads");
    // What only other platforms have may be asked of the process, where there is one, and not imported.
    const missing = /\b(?:from|import)\b\s*\(?\s*["']node:|\bBuffer\b|\bBun\.|\brequire\(/;
    expect(scripts[0]?.match(missing)?.[0]).toBeUndefined();
  }, 180_000);
});

/** Where the programs of the tests are, and how they reach the double. */
function engineOf(youtube: YouTubeDouble): Record<string, string> {
  const tools = findTools();
  return {
    PROXY_URL: youtube.proxyUrl,
    CA_FILE: youtube.caFile,
    VIDFERRY_YTDLP: tools.ytDlp,
    VIDFERRY_FFMPEG: tools.ffmpeg,
    VIDFERRY_FFPROBE: tools.ffprobe,
    VIDFERRY_JS_RUNTIME: tools.jsRuntime,
  };
}

testWhole(
  "own-blob-store downloads into a store of its own, and saves from it",
  async () => {
    await using youtube = await startYouTubeDouble();
    await using dir = await tempDir("vidferry-example");
    const command = [process.execPath, "main.ts", youtube.url("sampleVid01"), dir.path];
    const outcome = await run(command, join(import.meta.dir, "own-blob-store"), engineOf(youtube));
    expect(outcome.code).toBe(0);
    expect(outcome.out).toEndWith(".m4a\n");
    expect(await readdir(dir.path)).toHaveLength(1);
    expect(Bun.file(outcome.out.trim()).size).toBeGreaterThan(0);
  },
  120_000,
);

testWhole(
  "hono-app serves its own page, and the API with a worker under a path",
  async () => {
    await using youtube = await startYouTubeDouble();
    await using dir = await tempDir("vidferry-example");
    const places = {
      DATABASE_URL: `sqlite:${dir.path}/jobs.db`,
      STORAGE_URL: `file:${dir.path}/files`,
      WORK_DIR: `${dir.path}/work`,
    };
    const app = Bun.spawn([process.execPath, "main.ts"], {
      cwd: join(import.meta.dir, "hono-app"),
      env: { ...process.env, ...engineOf(youtube), ...places, HOST: "127.0.0.1", PORT: "0" },
      stdout: "pipe",
      stderr: "inherit",
    });
    try {
      let out = "";
      const reading = (async () => {
        const decoder = new TextDecoder();
        for await (const chunk of app.stdout) out += decoder.decode(chunk, { stream: true });
      })();
      const site = await eventually(() => /listening on (\S+)/.exec(out)?.[1] ?? null);
      expect(await (await fetch(site)).text()).toContain("My own page");
      const made = await fetch(new URL("/media/api/v1/downloads", site), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ url: youtube.url("sampleVid01"), output: { type: "audio", format: "m4a" } }),
      });
      expect(made.status).toBe(202);
      const job = new URL(made.headers.get("location") ?? "", site);
      expect(job.pathname).toStartWith("/media/api/v1/downloads/job_");
      // The stream ends with the job.
      const events = await (await fetch(`${job}/events`)).text();
      const { state, artifacts } = JSON.parse(/.*data: (.*)/s.exec(events)?.[1] ?? "{}") as JobResource;
      expect(state).toBe("succeeded");
      const file = await fetch(new URL(artifacts[0]?.url ?? "", site));
      expect((await file.arrayBuffer()).byteLength).toBe(artifacts[0]?.bytes ?? 0);
      app.kill("SIGTERM");
      expect(await app.exited).toBe(0);
      await reading;
    } finally {
      app.kill("SIGKILL");
      await app.exited;
    }
  },
  180_000,
);

testWhole(
  "embed-core downloads a video, and has it at once the second time",
  async () => {
    await using youtube = await startYouTubeDouble();
    await using dir = await tempDir("vidferry-example");
    const env = engineOf(youtube);
    const command = [process.execPath, "main.ts", youtube.url("sampleVid01"), dir.path];
    const first = await run(command, join(import.meta.dir, "embed-core"), env);
    expect(first).toMatchObject({ code: 0 });
    const files = first.out.trim().split("\n");
    expect(files.map((path) => path.slice(path.lastIndexOf(".")))).toEqual([".mp4", ".srt"]);
    for (const path of files) expect(Bun.file(path).size).toBeGreaterThan(0);
    expect(await readdir(join(dir.path, "work/jobs"))).toEqual([]);
    const asked = youtube.requests.length;
    expect(await run(command, join(import.meta.dir, "embed-core"), env)).toMatchObject({ code: 0, out: first.out });
    expect(youtube.requests.length).toBe(asked);
  },
  120_000,
);

test("webhook-receiver does what a signed message says once, and refuses what is forged or old", async () => {
  const secret = `whsec_${btoa("s".repeat(32))}`;
  const receiver = Bun.spawn([process.execPath, "main.ts"], {
    cwd: join(import.meta.dir, "webhook-receiver"),
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: "0" },
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    let out = "";
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of receiver.stdout) out += decoder.decode(chunk, { stream: true });
    })();
    const url = await eventually(() => /listening on (\S+)/.exec(out)?.[1] ?? null);
    const sender = createWebhookSender({ allowPrivateHosts: [new URL(url).host] });
    const body = JSON.stringify({
      type: "webhook.test",
      timestamp: new Date().toISOString(),
      data: { webhookId: "whk_1" },
    });
    const send = async (changes: { at?: Date; secrets?: readonly string[] } = {}) => {
      const message = { url, id: "dlv_1", at: new Date(), body, secrets: [secret], traceparent: null, ...changes };
      const result = await sender.send({ ...message, secrets: [...message.secrets] }, AbortSignal.timeout(15_000));
      return result.kind === "answered" ? result.status : result.error;
    };
    expect(await send({ secrets: [`whsec_${btoa("f".repeat(32))}`] })).toBe(400);
    expect(await send({ at: new Date(Date.now() - 600_000) })).toBe(400);
    expect([await send(), await send()]).toEqual([204, 204]);
    receiver.kill();
    await reading;
    expect(out.split("\n").filter((line) => line.startsWith("webhook.test"))).toEqual(["webhook.test whk_1"]);
  } finally {
    receiver.kill("SIGKILL");
    await receiver.exited;
  }
}, 180_000);

test("the page about adapters shows the tests of own-blob-store as they are", async () => {
  const page = await Bun.file(join(root, "docs/adapters.md")).text();
  for (const name of ["map-blobs.vitest.ts", "map-blobs.node.ts"])
    expect(page).toContain(await Bun.file(join(import.meta.dir, "own-blob-store", name)).text());
});

test("each example can be started, and says how", async () => {
  const examples = (await readdir(import.meta.dir, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(examples.length).toBeGreaterThanOrEqual(5);
  for (const { name } of examples) {
    const text = await Bun.file(join(import.meta.dir, name, "README.md")).text();
    const { scripts } = (await Bun.file(join(import.meta.dir, name, "package.json")).json()) as {
      scripts: { start: string };
    };
    expect(text).toContain(scripts.start.split(" ")[0] ?? "");
  }
});
