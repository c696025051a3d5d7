import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Vidferry } from "@vidferry/sdk";
import { absenceOf, eventually, findBrowser, freePort, type TempDir, tempDir } from "@vidferry/testing";
import { runHere } from "./command.ts";
import { type RoleProcess, startRole } from "./fleet/role-process.ts";
import { startBrowser, type TestBrowser } from "./web/dashboard-page.ts";

const example = resolve(import.meta.dir, "../../examples/browser-events");
const link = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
const chromium = findBrowser();
const testMs = 120_000;

describe.skipIf(chromium === undefined)(`in a browser${absenceOf("Chromium", chromium)}`, () => {
  let dir: TempDir;
  let api: RoleProcess;
  let startApi: () => Promise<RoleProcess>;
  let vidferry: Vidferry;
  let page: ReturnType<typeof spawn>;
  let pagePort: number;
  let browser: TestBrowser;

  beforeAll(async () => {
    dir = await tempDir("vidferry-page");
    pagePort = await freePort();
    const port = await freePort();
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: dir.path,
      PORT: String(port),
      AUTH: "keys",
      CORS_ORIGINS: `http://app.example:${pagePort}`,
      DATABASE_URL: `sqlite:${dir.path}/vidferry.db`,
      STORAGE_URL: `file:${dir.path}/files`,
      WORK_DIR: `${dir.path}/work`,
    };
    await mkdir(join(dir.path, "work"));
    startApi = () => startRole("api", { cwd: dir.path, env });
    await runHere(["migrate"], env);
    const created = await runHere(["keys", "create", "--name", "page"], env);
    const apiKey = /vf_\w+/.exec(created.stdout)?.[0] ?? "";
    api = await startApi();
    vidferry = new Vidferry({ baseUrl: api.url, apiKey });
    page = spawn(process.execPath, ["--no-install", "main.ts"], {
      cwd: example,
      env: {
        ...{ PATH: env.PATH, HOME: dir.path, PORT: String(pagePort), VIDFERRY_URL: api.url, VIDFERRY_KEY: apiKey },
        VIDFERRY_PUBLIC_URL: `http://api.example:${port}`,
      },
      stdio: "ignore",
    });
    browser = await startBrowser(chromium ?? "", ["*.example"]);
    await eventually(async () => (await fetch(`http://127.0.0.1:${pagePort}/`)).ok);
  }, testMs);

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    const gone = new Promise((done) => page?.once("exit", done));
    if (page?.kill("SIGKILL")) await gone;
    await api?.end();
    await dir?.[Symbol.asyncDispose]();
  });

  const open = (path: string, host = "app.example") => browser.open(`http://${host}:${pagePort}${path}`);

  test(
    "pages of another origin follow all jobs by EventSource and by WebSocket with tickets, also over a restart of the API",
    async () => {
      const first = await vidferry.downloads.create({ url: link });
      await using byEvents = await open("/");
      await using bySocket = await open("/socket");
      const show = (text: string) => Promise.all([byEvents, bySocket].map((page) => page.shows(text)));
      await show(`${first.id} queued`);
      await show("at the start");
      await vidferry.downloads.pause(first.id);
      await show(`${first.id} paused`);

      await api.end("SIGKILL");
      api = await startApi();
      const second = await vidferry.downloads.create({ url: link });
      await vidferry.downloads.cancel(first.id);
      await show(`${first.id} canceled`);
      await show(`${second.id} queued`);
      await vidferry.downloads.cancel(second.id);
      await show(`${second.id} canceled`);
    },
    testMs,
  );

  test(
    "a page of an origin that was not named gets no events, with whatever ticket",
    async () => {
      const job = await vidferry.downloads.create({ url: link });
      await using opened = await open("/", "evil.example");
      const address = `api.example:${new URL(api.url).port}`;
      for (const [kind, scheme, path] of [
        ["EventSource", "http", "api/v1/events"],
        ["WebSocket", "ws", "ws/events"],
      ] as const) {
        const { ticket } = await vidferry.tickets.create();
        const heard = await opened.page.evaluate(listen, kind, `${scheme}://${address}/${path}?ticket=${ticket}`);
        expect([kind, ...heard]).toEqual([kind, "error"]);
      }
      expect(await opened.page.content()).not.toContain(job.id);
    },
    testMs,
  );
});

/** Runs in the page: what a stream of events says until it fails. */
async function listen(kind: "EventSource" | "WebSocket", url: string): Promise<string[]> {
  const heard: string[] = [];
  const stream = new globalThis[kind](url);
  await new Promise((over) => {
    for (const type of ["open", "message", "job", "error"]) stream.addEventListener(type, () => heard.push(type));
    stream.addEventListener("error", over);
  });
  stream.close();
  return heard;
}
