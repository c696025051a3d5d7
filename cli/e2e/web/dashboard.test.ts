import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { JobResource } from "@vidferry/core";
import { absenceOf, eventually, findBrowser, freePort, playabilities } from "@vidferry/testing";
import { filesBelow, type Scene, setScene } from "../scene.ts";
import { type Service, startService } from "../service.ts";
import { type DashboardPage, failedRequests, startBrowser, type TestBrowser } from "./dashboard-page.ts";

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
  const open = async (path = "/"): Promise<DashboardPage> => {
    opened = await browser.open(new URL(path, service.url).href);
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
    browser = await startBrowser(chromium ?? "");
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
      await page.waitForFunction(() => document.querySelectorAll(".job.succeeded a[download]").length === 3);
      const downloadPath = await scene.folder("saved");
      const session = await page.createCDPSession();
      await session.send("Page.setDownloadBehavior", { behavior: "allow", downloadPath });
      for (const save of await page.$$(".job.succeeded a[download]")) {
        await save.focus();
        await page.keyboard.press("Enter");
      }
      const wanted = await Promise.all((await jobsOf(service)).map(async ({ artifacts: [first] }) => first?.sha256));
      await eventually(
        async () => {
          const saved = (await filesBelow(downloadPath)).filter((name) => !name.endsWith(".crdownload"));
          const digests = await Promise.all(saved.map((name) => digestOf(`${downloadPath}/${name}`)));
          return digests.length === 3 && wanted.every((digest) => digests.includes(digest ?? ""));
        },
        { timeoutMs: 60_000, message: "the three files, as the service made them" },
      );
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
      dashboard.forgive(failedRequests);
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
      expect(await dashboard.barriers()).toEqual([]);
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
});

/** All of the service's jobs. */
async function jobsOf({ url }: Service): Promise<readonly JobResource[]> {
  return ((await (await fetch(`${url}/api/v1/downloads`)).json()) as { data: JobResource[] }).data;
}

const digestOf = async (path: string): Promise<string> =>
  new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex");
