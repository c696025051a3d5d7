import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Vidferry } from "@vidferry/sdk";
import { absenceOf, eventually, findBrowser, freePort, openPage, type TempDir, tempDir } from "@vidferry/testing";
import { runCommand } from "./command.ts";
import { type RoleProcess, startRole } from "./fleet/role-process.ts";

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
    await runCommand(["migrate"], { cwd: dir.path, env });
    const created = await runCommand(["keys", "create", "--name", "page"], { cwd: dir.path, env });
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
    await eventually(async () => (await fetch(`http://127.0.0.1:${pagePort}/`)).ok);
  }, testMs);

  afterAll(async () => {
    const gone = new Promise((done) => page?.once("exit", done));
    if (page?.kill("SIGKILL")) await gone;
    await api?.end();
    await dir?.[Symbol.asyncDispose]();
  });

  const open = (path: string, host = "app.example") =>
    openPage(chromium ?? "", `http://${host}:${pagePort}${path}`, { hosts: ["*.example"] });

  test.each([
    ["EventSource", "/"],
    ["WebSocket", "/socket"],
  ])(
    "a page of another origin follows all jobs by %s with tickets, also over a restart of the API",
    async (_, path) => {
      const first = await vidferry.downloads.create({ url: link });
      await using browser = await open(path);
      const shown = async () => String(await browser.evaluate("document.body.innerText"));
      const shows = (text: string) =>
        eventually(async () => (await shown()).includes(text), { timeoutMs: 60_000, message: `${text} in the page` });
      await shows(`${first.id} queued`);
      await shows("at the start");
      expect(await browser.evaluate("location.hostname")).toBe("app.example");
      await vidferry.downloads.pause(first.id);
      await shows(`${first.id} paused`);

      await api.end("SIGKILL");
      api = await startApi();
      const second = await vidferry.downloads.create({ url: link });
      await vidferry.downloads.cancel(first.id);
      await shows(`${first.id} canceled`);
      await shows(`${second.id} queued`);
      await vidferry.downloads.cancel(second.id);
      await shows(`${second.id} canceled`);
    },
    testMs,
  );

  test(
    "a page of an origin that was not named gets no events, with whatever ticket",
    async () => {
      const job = await vidferry.downloads.create({ url: link });
      for (const path of ["/", "/socket"]) {
        const { ticket } = await vidferry.tickets.create();
        await using browser = await open(path, "evil.example");
        // Not the empty page that was there before.
        const there = "location.hostname + ' ' + document.readyState";
        await eventually(async () => (await browser.evaluate(there)) === "evil.example complete");
        const address = `api.example:${new URL(api.url).port}`;
        const [kind, url] =
          path === "/"
            ? ["EventSource", `http://${address}/api/v1/events?ticket=${ticket}`]
            : ["WebSocket", `ws://${address}/ws/events?ticket=${ticket}`];
        await browser.evaluate(`
          globalThis.outcome = [];
          globalThis.stream = new ${kind}(${JSON.stringify(url)});
          for (const type of ["open", "message", "job", "error"]) stream.addEventListener(type, () => outcome.push(type));
        `);
        await eventually(async () => (await browser.evaluate("outcome.join()")) === "error", {
          timeoutMs: 60_000,
          message: `an error of the ${kind}`,
        });
        expect(String(await browser.evaluate("document.body.innerText"))).not.toContain(job.id);
      }
    },
    testMs,
  );
});
