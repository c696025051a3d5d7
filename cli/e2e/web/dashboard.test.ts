import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { JobResource } from "@vidferry/core";
import { absenceOf, eventually, findBrowser, freePort, onlyWhole } from "@vidferry/testing";
import { filesBelow, type Scene, setScene } from "../scene.ts";
import { type Service, startService } from "../service.ts";
import { barriersOf } from "./barriers.ts";
import { type DashboardPage, failedRequests, startBrowser, type TestBrowser } from "./dashboard-page.ts";

const chromium = findBrowser();
const testMs = 180_000;
const testWhole = onlyWhole(test);
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
  const ask = async ({ page, focuses }: DashboardPage, url: string): Promise<void> => {
    await focuses("textarea");
    await page.keyboard.type(url);
    await page.keyboard.press("Enter");
  };

  beforeAll(async () => {
    scene = await setScene({
      catalogue: {
        videos: [
          { id: "quickVid001", title: hostile, itags: [18] },
          { id: "quickVid002", title: "Quick sound", itags: [18, 140] },
          { id: "quickVid003", title: "Quick words", itags: [18] },
          {
            ...{ id: "steadyVid01", title: "Steady film", itags: [18] },
            ...{ mediaBytes: 8 * mebibyte, mediaFaults: { bytesPerSecond: mebibyte } },
          },
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
    "a link becomes a file by each preset, by the keyboard alone, and its details have a player, whatever its title",
    async () => {
      const dashboard = await open();
      const { page } = dashboard;
      await ask(dashboard, link("quickVid001"));
      await dashboard.shows("<b>bold</b>");
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
      await dashboard.until(() => document.querySelectorAll(".job.succeeded a[download]").length === 3);
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
      const film = (await jobsOf(service)).at(-1);
      await page.focus(`.job a.title[href$="${film?.id}"]`);
      await page.keyboard.press("Enter");
      await page.waitForSelector("dialog[open] video");
      expect(await barriersOf(page)).toEqual([]);
      expect(await page.$eval("#job-title", (title) => title.textContent)).toContain(hostile.trim());
      await page.setViewport({ width: 320, height: 640 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      await page.keyboard.press("Escape");
      await dashboard.until(() => location.pathname === "/app/");
    },
    testMs,
  );

  testWhole(
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
      await dashboard.until(() => document.querySelector(".job .title")?.textContent === "Steady film");
      await page.waitForSelector(".job.succeeded a[download]");
      dashboard.forgive(failedRequests);
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
