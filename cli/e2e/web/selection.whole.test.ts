import { expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { barriersAllRound, barriersOf } from "./barriers.ts";
import { describeInBrowser } from "./browser-suite.ts";
import type { DashboardPage } from "./dashboard-page.ts";

const testMs = 180_000;

describeInBrowser("several downloads at once", {}, (suite) => {
  const states = async (): Promise<string[]> => (await suite.service.jobs()).map(({ state }) => state);
  const becomes = (wanted: readonly string[]): Promise<unknown> =>
    eventually(async () => JSON.stringify(await states()) === JSON.stringify(wanted), {
      timeoutMs: 60_000,
      message: wanted.join(", "),
    });
  const open = async (rows: number): Promise<DashboardPage> => {
    const dashboard = await suite.open();
    await dashboard.until((count) => document.querySelectorAll(".job").length >= count, rows);
    await dashboard.press("Select");
    await dashboard.page.waitForSelector(".pick input");
    return dashboard;
  };

  test(
    "are chosen by the keyboard alone, and tried again together",
    async () => {
      const { service } = suite;
      for (let at = 0; at < 5; at += 1) await service.seed({ state: "failed" });
      const dashboard = await open(5);
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
      expect(await barriersAllRound(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.waitForSelector(".pick", { hidden: true });
    },
    testMs,
  );

  test(
    "are deleted together: that can be taken back, and is done when the page is left",
    async () => {
      const { service } = suite;
      const [kept] = [await service.seed({ state: "canceled" }), await service.seed(), await service.seed()];
      const dashboard = await open(3);
      const { page } = dashboard;
      const choose = async (): Promise<void> => {
        for (const box of (await page.$$(".job .pick input")).slice(0, 2)) await box.click();
      };
      await choose();
      await dashboard.press("Delete 2", ".bulk");
      await dashboard.until(() => document.querySelectorAll(".job").length === 1);
      await dashboard.press("Undo");
      await dashboard.until(() => document.querySelectorAll(".job").length === 3);
      expect(await states()).toHaveLength(3);
      await choose();
      await dashboard.press("Delete 2", ".bulk");
      await dashboard.until(() => document.querySelectorAll(".job").length === 1);
      await page.goto("about:blank");
      await eventually(async () => (await service.jobs()).length === 1, { timeoutMs: 60_000 });
      expect((await service.jobs())[0]?.id).toBe(kept?.id as never);
    },
    testMs,
  );

  test(
    "are all that match, also those that are not loaded, after a question with their number",
    async () => {
      const { service } = suite;
      await service.seedMany(130);
      await service.seed({ state: "succeeded" });
      const dashboard = await open(10);
      await dashboard.press("All that match, also what is not loaded");
      await dashboard.press("Cancel", ".bulk .menu");
      await dashboard.shows("Cancel: 130 downloads?");
      expect(await barriersOf(dashboard.page)).toEqual([]);
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
});
