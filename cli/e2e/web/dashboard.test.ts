import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { absenceOf, eventually, findBrowser, freePort, playabilities } from "@vidferry/testing";
import { runCommand } from "../command.ts";
import { type Scene, setScene } from "../scene.ts";
import { type Service, startService } from "../service.ts";
import { type DashboardPage, startBrowser, type TestBrowser } from "./dashboard-page.ts";

const chromium = findBrowser();
const testMs = 180_000;
const mebibyte = 1_048_576;
const hostile = `<b>bold</b> \u202Eesrever\u202C & ${"long ".repeat(70)}`;

describe.skipIf(chromium === undefined)(`the dashboard${absenceOf("Chromium", chromium)}`, () => {
  let scene: Scene;
  let service: Service;
  let browser: TestBrowser;
  let port: string;
  let opened: DashboardPage | null = null;

  const start = () => startService(scene, { PORT: port }, { deadlineMs: 900_000 });
  const open = async (path = "/", host?: string): Promise<DashboardPage> => {
    const url = new URL(path, service.url);
    if (host !== undefined) url.hostname = host;
    opened = await browser.open(url.href);
    return opened;
  };
  const link = (id: string): string => scene.youtube.url(id);
  /** Types a link and sends it, by the keyboard alone: the field has the focus from the start. */
  const ask = async ({ page }: DashboardPage, url: string): Promise<void> => {
    await page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
    await page.keyboard.type(url);
    await page.keyboard.press("Enter");
  };

  beforeAll(async () => {
    scene = await setScene({
      catalogue: {
        videos: [
          { id: "quickVid001", title: "Quick film", itags: [18] },
          { id: "quickVid002", title: "Quick sound", itags: [18, 140] },
          { id: "quickVid003", title: "Quick words", itags: [18] },
          { id: "hostileVid1", title: hostile, itags: [18] },
          {
            ...{ id: "steadyVid01", title: "Steady film", itags: [18] },
            ...{ mediaBytes: 8 * mebibyte, mediaFaults: { bytesPerSecond: mebibyte } },
          },
          { id: "privateVid1", title: "Private", playability: playabilities.private },
        ],
      },
    });
    port = String(await freePort());
    service = await start();
    browser = await startBrowser(chromium ?? "", ["app.example"]);
  }, testMs);

  afterEach(async () => {
    const page = opened;
    opened = null;
    expect(page?.faults ?? []).toEqual([]);
    await page?.[Symbol.asyncDispose]();
  });

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  test(
    "a link becomes a file by each preset, by the keyboard alone",
    async () => {
      const dashboard = await open();
      const { page } = dashboard;
      await ask(dashboard, link("quickVid001"));
      await dashboard.shows("Quick film");
      // Before the field: the presets come after it in the order of the keyboard.
      for (const [name, id, title] of [
        ["audio", "quickVid002", "Quick sound"],
        ["text", "quickVid003", "Quick words"],
      ] as const) {
        await page.focus('input[name="type"]:checked');
        await page.keyboard.press("ArrowRight");
        expect(await page.$eval('input[name="type"]:checked', (radio) => (radio as HTMLInputElement).value)).toBe(name);
        await page.focus("textarea");
        await ask(dashboard, link(id));
        await dashboard.shows(title);
      }
      const saves = await eventually(
        async () => {
          const links = await page.$$eval(".job.succeeded a[download]", (all) =>
            all.map((one) => (one as HTMLAnchorElement).href),
          );
          return links.length === 3 ? links : null;
        },
        { timeoutMs: 90_000, message: "three files" },
      );
      const types = await Promise.all(saves.map(async (url) => (await fetch(url)).headers.get("content-type")));
      expect(types.map((type) => type?.split("/")[0])).toEqual(["text", "audio", "video"]);
    },
    testMs,
  );

  test(
    "a job goes on being shown over a reload, and over a service that is killed and comes back",
    async () => {
      const dashboard = await open();
      const { page } = dashboard;
      await ask(dashboard, link("steadyVid01"));
      await page.waitForSelector(".job.running progress[value]");
      await page.reload();
      await page.waitForSelector(".job.running progress[value]");
      await service.end("SIGKILL");
      await dashboard.shows("cannot be reached");
      service = await start();
      await dashboard.hides("cannot be reached");
      await page.waitForFunction(() => document.querySelector(".job .title")?.textContent === "Steady film");
      await page.waitForSelector(".job.succeeded a[download]");
      // What the browser itself says of a service that is away.
      (dashboard.faults as string[]).splice(0);
    },
    testMs,
  );

  test(
    "what was deleted can be taken back, and is gone when it is not",
    async () => {
      const job = await service.run({ url: link("quickVid001"), labels: { kind: "undo" } });
      const dashboard = await open(`/app/`);
      const { page } = dashboard;
      const row = `.job:has(a[href$="${job.id}"])`;
      await page.waitForSelector(row);
      await page.click(`${row} button[aria-label="Delete"]`);
      await page.waitForSelector(row, { hidden: true });
      await page.click(".notice button:not(.quiet)");
      await page.waitForSelector(row);
      expect((await service.job(job.id)).state).toBe("succeeded");
      await page.click(`${row} button[aria-label="Delete"]`);
      await page.waitForSelector(row, { hidden: true });
      await eventually(async () => (await fetch(`${service.url}/api/v1/downloads/${job.id}`)).status === 404);
    },
    testMs,
  );

  test(
    "titles with markup, other directions and hundreds of letters are shown as they are, and break nothing",
    async () => {
      const job = await service.run({ url: link("hostileVid1") });
      const dashboard = await open(`/app/downloads/${job.id}`);
      const { page } = dashboard;
      await page.waitForSelector("dialog[open] video");
      expect(await page.$eval("#job-title", (title) => title.textContent)).toContain("<b>bold</b>");
      await page.setViewport({ width: 320, height: 640 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => location.pathname === "/app/");
    },
    testMs,
  );

  test(
    "a failure says what is the matter, and a button tries again",
    async () => {
      const job = await service.run({ url: link("privateVid1") });
      expect(job.error?.code).toBe("video_private");
      const dashboard = await open();
      const { page } = dashboard;
      await dashboard.shows(job.error?.detail ?? "");
      await service.post(`/downloads/${(await service.submit({ url: link("steadyVid01") })).id}/cancel`);
      await page.waitForSelector(".job.canceled");
      await page.evaluate(() => {
        const button = [...document.querySelectorAll<HTMLButtonElement>(".job.canceled button")];
        button.find(({ textContent }) => textContent === "Try again")?.click();
      });
      await page.waitForSelector(".job.running, .job.queued, .job.succeeded");
    },
    testMs,
  );

  test(
    "ten thousand jobs are scrolled through with few rows in the page",
    async () => {
      copyRows(`${scene.home}/data/vidferry.db`, 10_000);
      const dashboard = await open();
      const { page } = dashboard;
      await page.waitForSelector(".job");
      await eventually(
        async () => {
          await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
          return (await page.$$eval(".job", (all) => Number(all.at(-1)?.getAttribute("aria-posinset")))) > 10_000;
        },
        { timeoutMs: 120_000, message: "the end of the list" },
      );
      expect((await page.$$(".job")).length).toBeLessThan(60);
    },
    testMs,
  );

  test.each([
    ["light", 320],
    ["dark", 1_100],
  ] as const)(
    "no view has a barrier, in the %s theme, %d px wide",
    async (theme, width) => {
      const dashboard = await open();
      const { page } = dashboard;
      await page.setViewport({ width, height: 800 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      const found: string[] = [];
      for (const path of ["", "collections", "subscriptions", ...operatorViews.map((view) => `operator/${view}`)]) {
        await page.goto(new URL(`/app/${path}`, service.url).href);
        await page.waitForSelector("main");
        await dashboard.hides("Loading …");
        found.push(...(await dashboard.barriers()).map((barrier) => `${path}: ${barrier}`));
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) found.push(`${path}: ${overflow} px too wide`);
      }
      expect(found).toEqual([]);
    },
    testMs,
  );

  test(
    "a browser signs in with a key, over plain HTTP too, and out; a key that is revoked ends the session",
    async () => {
      const home = await scene.folder("keys");
      const env = {
        ...scene.env,
        ...{ AUTH: "keys", DATABASE_URL: `sqlite:${home}/vidferry.db`, STORAGE_URL: `file:${home}/files` },
      };
      await runCommand(["migrate"], { cwd: home, env });
      const create = async (name: string, ...more: string[]) =>
        /vf_\w+/.exec(
          (await runCommand(["keys", "create", "--name", name, ...more], { cwd: home, env })).stdout,
        )?.[0] ?? "";
      const [key, admin] = [await create("page", "--scopes", "read,write"), await create("admin", "--scopes", "admin")];
      await using keyed = await startService({ home, env });
      const url = new URL("/", keyed.url);
      url.hostname = "app.example";
      opened = await browser.open(url.href);
      const { page } = opened;
      await opened.shows("API key");
      expect(await opened.barriers()).toEqual([]);
      await page.type('input[name="key"]', "vf_wrong");
      await page.keyboard.press("Enter");
      await opened.shows("not known here");
      await page.$eval('input[name="key"]', (field) => ((field as HTMLInputElement).value = ""));
      await page.type('input[name="key"]', key);
      await page.keyboard.press("Enter");
      await opened.shows("Paste a link above");
      expect(await page.evaluate(() => document.cookie)).toBe("");
      expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("vf_");
      await page.reload();
      await opened.shows("Paste a link above");
      const authorization = `Bearer ${admin}`;
      const { data } = (await (await fetch(`${keyed.url}/api/v1/keys`, { headers: { authorization } })).json()) as {
        data: { id: string; name: string }[];
      };
      const id = data.find(({ name }) => name === "page")?.id;
      await fetch(`${keyed.url}/api/v1/keys/${id}`, { method: "DELETE", headers: { authorization } });
      await opened.shows("does not work any more");
      await page.type('input[name="key"]', admin);
      await page.keyboard.press("Enter");
      await opened.shows("Sign out");
      await page.evaluate(() => {
        [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "Sign out")?.click();
      });
      await opened.shows("API key");
      // The browser tells of each 401 by itself.
      (opened.faults as string[]).splice(
        0,
        Number.POSITIVE_INFINITY,
        ...opened.faults.filter((fault) => !fault.includes("401")),
      );
    },
    testMs,
  );
});

const operatorViews = [
  ...["overview", "trouble", "workers", "engines", "egresses", "storage", "accounts", "keys", "webhooks", "audit"],
] as const;

/** Copies of one job that is over, under ids of their own: what makes a list long, in a second. */
function copyRows(file: string, count: number): void {
  using database = new Database(file);
  database.exec("PRAGMA busy_timeout = 10000");
  const columns = (database.query("SELECT name FROM pragma_table_info('jobs')").all() as { name: string }[]).map(
    ({ name }) => name,
  );
  const values = columns.map((name) => (name === "id" ? "'job_' || printf('%032x', n.value)" : name));
  database
    .query(
      `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?)
       INSERT INTO jobs (${columns.join(", ")}) SELECT ${values.join(", ")} FROM (SELECT * FROM jobs WHERE state = 'failed' LIMIT 1), n`,
    )
    .run(count);
}
