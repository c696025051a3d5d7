import { expect, test } from "bun:test";
import type { Job } from "@vidferry/core";
import { onlyWhole } from "@vidferry/testing";
import { barriersAllRound } from "./barriers.ts";
import { describeInBrowser } from "./browser-suite.ts";
import { failedRequests } from "./dashboard-page.ts";
import type { MemoryService } from "./memory-service.ts";
import { filmLink, listLink, sampleProbes } from "./sample-probes.ts";
import { throughViews } from "./views.ts";

const testMs = 240_000;
const testWhole = onlyWhole(test);

let failed: Job;

/** Something of everything that a view shows. */
async function fill(service: MemoryService): Promise<void> {
  for (const [link, probe] of sampleProbes) service.probes.set(link, probe);
  for (const state of ["queued", "running", "succeeded", "canceled"] as const) await service.seed({ state });
  failed = await service.seed({ state: "failed", code: "members_only", title: "A failure" });
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

describeInBrowser("the dashboard for everybody", { share: fill }, (suite) => {
  test(
    "no view has a barrier, on a phone and on a desk, in the light theme and in the dark one",
    async () => {
      const dashboard = await suite.open();
      const { page } = dashboard;
      const found: string[] = [];
      const looked: string[] = [];
      const look = async (view: string): Promise<void> => {
        looked.push(view);
        found.push(...(await barriersAllRound(page)).map((barrier) => `${view}: ${barrier}`));
      };
      for await (const view of throughViews(dashboard)) await look(view);
      expect(looked.length).toBeGreaterThan(8);
      for (const view of [`/app/downloads/${failed.id}`, "/app/nothing"]) {
        await page.goto(suite.service.url + view);
        await page.waitForSelector("h1");
        await dashboard.hides("Loading …");
        await look(view);
      }
      // A service without a worker is not well, which the browser notes by itself.
      dashboard.forgive(failedRequests);
      expect(found).toEqual([]);
    },
    testMs,
  );

  testWhole(
    "what comes and goes has no barrier either, and is told to screen readers: what a link offers, messages, and a service that is away",
    async () => {
      const dashboard = await suite.open();
      const { page } = dashboard;
      const found: string[] = [];
      const look = async (what: string): Promise<void> => {
        found.push(...(await barriersAllRound(page)).map((barrier) => `${what}: ${barrier}`));
      };
      const type = async (text: string): Promise<void> => {
        await page.click("textarea", { count: 3 });
        await dashboard.type(text);
      };
      for (const [link, text] of [
        [filmLink, "A film"],
        [listLink, "5 entries"],
      ] as const) {
        await type(link);
        await dashboard.shows(text);
        await look(text);
      }
      await page.setOfflineMode(true);
      await type(`${filmLink}\n`);
      await page.waitForSelector(".notice.error");
      await dashboard.press("Delete", ".job.canceled");
      await dashboard.shows("cannot be reached");
      const told = await page.$$eval(".notice, .offline", (all) =>
        all.map((one) => one.closest("[aria-live=polite], [role=status]") !== null),
      );
      expect(told).toEqual([true, true, true]);
      await look("messages");
      await page.setOfflineMode(false);
      dashboard.forgive(failedRequests);
      expect(found).toEqual([]);
    },
    testMs,
  );

  testWhole(
    "every control is reached by the keyboard alone, in the order of the page, and shows that it has the focus",
    async () => {
      const dashboard = await suite.open();
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

  testWhole(
    "details are opened, closed and left by the keyboard, and the focus is then where it was",
    async () => {
      const dashboard = await suite.open();
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
      await dashboard.until(() => location.pathname === "/app/operator/egresses");
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

  testWhole(
    "a deletion by the keyboard leaves the focus in the list, and can be taken back by the keyboard",
    async () => {
      const job = await suite.service.seed({ state: "failed", title: "To be deleted" });
      const dashboard = await suite.open();
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
});

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
