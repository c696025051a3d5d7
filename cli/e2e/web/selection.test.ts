import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { absenceOf, eventually, findBrowser } from "@vidferry/testing";
import { type DashboardPage, startBrowser, type TestBrowser } from "./dashboard-page.ts";
import { type MemoryService, startMemoryService } from "./memory-service.ts";

const chromium = findBrowser();
const testMs = 180_000;

describe.skipIf(chromium === undefined)(`several downloads at once${absenceOf("Chromium", chromium)}`, () => {
  let service: MemoryService;
  let browser: TestBrowser;
  let dashboard: DashboardPage;

  beforeAll(async () => {
    browser = await startBrowser(chromium ?? "");
  }, testMs);

  beforeEach(async () => {
    service = await startMemoryService();
  });

  afterEach(async () => {
    await dashboard[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    expect(dashboard.faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
  });

  const states = async (): Promise<string[]> => (await service.jobs()).map(({ state }) => state);
  const becomes = (wanted: readonly string[]): Promise<unknown> =>
    eventually(async () => JSON.stringify(await states()) === JSON.stringify(wanted), {
      timeoutMs: 60_000,
      message: wanted.join(", "),
    });
  const open = async (rows: number): Promise<void> => {
    dashboard = await browser.open(service.url);
    await dashboard.page.waitForFunction((count) => document.querySelectorAll(".job").length >= count, {}, rows);
    await dashboard.press("Select");
    await dashboard.page.waitForSelector(".pick input");
  };

  test(
    "are chosen by the keyboard alone, and tried again together",
    async () => {
      for (let at = 0; at < 5; at += 1) await service.seed({ state: "failed" });
      await open(5);
      const { page } = dashboard;
      await page.focus(".job .pick input");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Space");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.down("Shift");
      await page.keyboard.press("Space");
      await page.keyboard.up("Shift");
      await dashboard.shows("3 selected");
      await page.focus(".bulk button:not(:disabled)");
      await dashboard.press("Try again 3", ".bulk");
      await becomes(["failed", "queued", "queued", "queued", "failed"]);
      await page.focus(".job .pick input");
      await page.keyboard.down("Control");
      await page.keyboard.press("a");
      await page.keyboard.up("Control");
      await dashboard.shows("5 selected");
      await page.keyboard.press("Escape");
      await page.waitForSelector(".pick", { hidden: true });
    },
    testMs,
  );

  test(
    "are deleted together: that can be taken back, and is done when the page is left",
    async () => {
      const [kept] = [await service.seed({ state: "canceled" }), await service.seed(), await service.seed()];
      await open(3);
      const { page } = dashboard;
      const choose = async (): Promise<void> => {
        for (const box of (await page.$$(".job .pick input")).slice(0, 2)) await box.click();
      };
      await choose();
      await dashboard.press("Delete 2", ".bulk");
      await page.waitForFunction(() => document.querySelectorAll(".job").length === 1);
      await dashboard.press("Undo");
      await page.waitForFunction(() => document.querySelectorAll(".job").length === 3);
      expect(await states()).toHaveLength(3);
      await choose();
      await dashboard.press("Delete 2", ".bulk");
      await page.waitForFunction(() => document.querySelectorAll(".job").length === 1);
      await page.goto("about:blank");
      await eventually(async () => (await service.jobs()).length === 1, { timeoutMs: 60_000 });
      expect((await service.jobs())[0]?.id).toBe(kept?.id as never);
    },
    testMs,
  );

  test(
    "are all that match, also those that are not loaded, after a question with their number",
    async () => {
      await service.seedMany(130);
      await service.seed({ state: "succeeded" });
      await open(10);
      await dashboard.press("All that match, also what is not loaded");
      await dashboard.press("Cancel", ".bulk .menu");
      await dashboard.shows("Cancel: 130 downloads?");
      expect(await dashboard.barriers()).toEqual([]);
      // Whoever presses Enter without reading changes nothing.
      await dashboard.page.keyboard.press("Enter");
      await dashboard.page.waitForSelector(".question", { hidden: true });
      expect((await states()).filter((state) => state === "canceled")).toHaveLength(0);
      await dashboard.press("Cancel", ".bulk .menu");
      await dashboard.press("Cancel", ".question");
      await dashboard.shows("Done with 130.");
      expect((await states()).filter((state) => state === "canceled")).toHaveLength(130);
      expect(await states()).toContain("succeeded");
    },
    testMs,
  );

  test.each([
    ["light", 320],
    ["dark", 1_100],
  ] as const)(
    "are chosen without a barrier, in the %s theme, %d px wide",
    async (theme, width) => {
      for (const state of ["failed", "running", "succeeded"] as const) await service.seed({ state });
      await open(3);
      const { page } = dashboard;
      await page.setViewport({ width, height: 700 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      await page.click(".job .pick input");
      await dashboard.shows("One selected");
      expect(await dashboard.barriers()).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    },
    testMs,
  );
});
