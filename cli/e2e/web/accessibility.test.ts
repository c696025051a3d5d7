import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Job } from "@vidferry/core";
import { absenceOf, findBrowser } from "@vidferry/testing";
import type { Page } from "puppeteer-core";
import { type DashboardPage, failedRequests, startBrowser, type TestBrowser } from "./dashboard-page.ts";
import { type MemoryService, startMemoryService } from "./memory-service.ts";
import { filmLink, listLink, sampleProbes } from "./sample-probes.ts";
import { viewsOf } from "./views.ts";

const chromium = findBrowser();
const testMs = 240_000;
/** What a theme can break, besides what the narrow pass has looked at. */
const ofColours = ["color-contrast", "link-in-text-block"];

describe.skipIf(chromium === undefined)(`the dashboard for everybody${absenceOf("Chromium", chromium)}`, () => {
  let service: MemoryService;
  let browser: TestBrowser;
  let dashboard: DashboardPage;
  let failed: Job;

  beforeAll(async () => {
    service = await startMemoryService();
    await fill(service);
    failed = await service.seed({ state: "failed", code: "members_only", title: "A failure" });
    browser = await startBrowser(chromium ?? "");
  }, testMs);

  afterEach(async () => {
    await dashboard[Symbol.asyncDispose]();
    expect(dashboard.faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  /** What is wrong in what is shown: all of it on a phone in the light theme, then the colours of the dark one, with room. */
  const barriers = async (): Promise<string[]> => {
    const { page } = dashboard;
    await show(page, "light", 320);
    await page.$$eval("main details, dialog details", (all) => {
      for (const one of all) (one as HTMLDetailsElement).open = true;
    });
    const found = await dashboard.barriers();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) found.push(`${over} px too wide`);
    await show(page, "dark", 1_100);
    found.push(...(await dashboard.barriers(ofColours)).map((barrier) => `dark: ${barrier}`));
    return found;
  };

  test(
    "no view has a barrier, on a phone and on a desk, in the light theme and in the dark one",
    async () => {
      dashboard = await browser.open(service.url);
      const found: string[] = [];
      const views = await viewsOf(dashboard.page, service.url);
      expect(views.length).toBeGreaterThan(8);
      for (const view of [...views, `${service.url}/app/downloads/${failed.id}`, `${service.url}/app/nothing`]) {
        await dashboard.page.goto(view);
        await dashboard.page.waitForSelector("main");
        await dashboard.hides("Loading …");
        await dashboard.page.waitForSelector("h1");
        found.push(...(await barriers()).map((barrier) => `${new URL(view).pathname}: ${barrier}`));
      }
      // A service without a worker is not well, which the browser notes by itself.
      dashboard.forgive(failedRequests);
      expect(found).toEqual([]);
    },
    testMs,
  );

  test(
    "what comes and goes has no barrier either: what a link offers, messages, and a service that is away",
    async () => {
      dashboard = await browser.open(service.url);
      const { page } = dashboard;
      const found: string[] = [];
      const look = async (what: string): Promise<void> => {
        found.push(...(await barriers()).map((barrier) => `${what}: ${barrier}`));
      };
      for (const [link, text] of [
        [filmLink, "A film"],
        [listLink, "5 entries"],
      ] as const) {
        await page.focus("textarea");
        await page.keyboard.type(link);
        await dashboard.shows(text);
        await look(text);
        await page.reload();
        await page.waitForSelector("textarea");
      }
      await page.setOfflineMode(true);
      await page.focus("textarea");
      await page.keyboard.type(`${filmLink}\n`);
      await page.waitForSelector(".notice.error");
      await dashboard.press("Delete", ".job.canceled");
      await dashboard.shows("cannot be reached");
      await look("messages");
      await page.setOfflineMode(false);
      dashboard.forgive(failedRequests);
      expect(found).toEqual([]);
    },
    testMs,
  );

  test(
    "every control is reached by the keyboard alone, in the order of the page, and shows that it has the focus",
    async () => {
      dashboard = await browser.open(service.url);
      const { page } = dashboard;
      await dashboard.focuses("textarea");
      await page.waitForSelector(".job");
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      const wanted = await page.evaluate(controls);
      const reached = new Set<string>();
      const unseen: string[] = [];
      await page.evaluate(() => document.body.focus());
      for (let at = 0; at < wanted.length + 5; at += 1) {
        await page.keyboard.press("Tab");
        const { name, isSeen } = await page.evaluate(focused);
        reached.add(name);
        if (!isSeen) unseen.push(name);
      }
      expect(wanted.filter((name) => !reached.has(name))).toEqual([]);
      expect(unseen).toEqual([]);
    },
    testMs,
  );

  test(
    "details are opened, closed and left by the keyboard, and the focus is then where it was",
    async () => {
      dashboard = await browser.open(service.url);
      const { page } = dashboard;
      const title = `.job a[href$="${failed.id}"]`;
      await page.waitForSelector(title);
      await page.focus(title);
      await page.keyboard.press("Enter");
      await page.waitForSelector("dialog[open]");
      expect(await page.evaluate(() => document.activeElement?.closest("dialog") !== null)).toBe(true);
      await page.keyboard.press("Escape");
      await page.waitForSelector("dialog", { hidden: true });
      await dashboard.focuses(title);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => location.pathname === "/app/operator/egresses");
      // The way past the header.
      await page.goBack();
      await page.waitForSelector(title);
      await page.reload();
      await dashboard.focuses("textarea");
      const { pathname } = new URL(page.url());
      await page.focus(".brand");
      await page.keyboard.down("Shift");
      await page.keyboard.press("Tab");
      await page.keyboard.up("Shift");
      await page.keyboard.press("Enter");
      await dashboard.focuses("#main");
      expect(new URL(page.url()).pathname).toBe(pathname);
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "a deletion by the keyboard leaves the focus in the list, and can be taken back by the keyboard",
    async () => {
      const job = await service.seed({ state: "failed", title: "To be deleted" });
      dashboard = await browser.open(service.url);
      const { page } = dashboard;
      const row = `.job:has(a[href$="${job.id}"])`;
      await page.waitForSelector(row);
      await page.focus(`${row} button[aria-label="Delete"]`);
      await page.keyboard.press("Enter");
      await page.waitForSelector(row, { hidden: true });
      await dashboard.focuses(".job *, .notice *");
      await page.focus(".notice button:not(.quiet)");
      await page.keyboard.press("Enter");
      await page.waitForSelector(row);
      await dashboard.focuses("main, main *");
      // A button that is gone because it was used.
      await page.focus(`${row} .actions button:not(.quiet)`);
      await page.keyboard.press("Enter");
      await page.waitForSelector(`${row}.queued`);
      await dashboard.focuses(`${row} *`);
    },
    testMs,
  );

  test(
    "changes are told to screen readers, and each control has a name",
    async () => {
      dashboard = await browser.open(service.url);
      const { page } = dashboard;
      await page.waitForSelector(".job");
      const live = await page.$$eval('[aria-live="polite"]', (all) => all.length);
      expect(live).toBeGreaterThan(0);
      const { nodes } = (await (await page.createCDPSession()).send("Accessibility.getFullAXTree")) as {
        nodes: { ignored: boolean; role?: { value?: string }; name?: { value?: string } }[];
      };
      const named = new Set(["button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "slider"]);
      const nameless = nodes.filter(
        ({ ignored, role, name }) => !ignored && named.has(role?.value ?? "") && (name?.value ?? "") === "",
      );
      expect(nameless).toEqual([]);
    },
    testMs,
  );
});

/** Something of everything that a view shows. */
async function fill(service: MemoryService): Promise<void> {
  for (const [link, probe] of sampleProbes) service.probes.set(link, probe);
  for (const state of ["queued", "running", "succeeded", "canceled"] as const) await service.seed({ state });
  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(`${service.url}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };
  const source = { url: listLink };
  await post("/batches", { source });
  await service.expand();
  await post("/schedules", { name: "Daily", cron: "0 6 * * *", timeZone: "UTC", batch: { source } });
  await post("/keys", { name: "A key" });
  await post("/egresses", {
    name: "account",
    cookies: "# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t0\ta\tb\n",
  });
  const { database, ids } = service.deps;
  await database.workers.beat({
    ...{ id: ids.next("wrk"), name: "worker-1", host: "host-1", pid: 1, version: "0.1.0" },
    ...{ engine: { ytDlp: "2026.10.26", ffmpeg: "5.1" }, concurrency: 4, standalone: true, draining: false },
    freeBytes: 1_000_000_000,
  });
}

async function show(page: Page, theme: "light" | "dark", width: number): Promise<void> {
  await page.setViewport({ width, height: 800 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
}

/** Runs in the page: what a person can do something with. */
function controls(): string[] {
  const all = document.querySelectorAll<HTMLElement>(
    "a[href], button:not(:disabled), input, select, textarea, summary",
  );
  // Of radio buttons the arrows choose.
  const own = [...all].filter((one) => one.checkVisibility() && !one.matches('[type="radio"]:not(:checked)'));
  return own.map((one) => (one.getAttribute("aria-label") ?? one.textContent ?? "").trim());
}

/** Runs in the page: what has the focus, and whether that is seen. */
function focused(): { name: string; isSeen: boolean } {
  const one = document.activeElement as HTMLElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const { width, height, top, bottom } = one.getBoundingClientRect();
  const isThere = width > 0 && height > 0 && bottom > 0 && top < innerHeight;
  const isMarked = (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1) || one.matches('[type="radio"]');
  return {
    name: (one.getAttribute("aria-label") ?? one.textContent ?? "").trim(),
    isSeen: one === document.body || (isThere && isMarked),
  };
}
