import { expect, test } from "bun:test";
import { type Job, ownerTopic } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import type { Page } from "puppeteer-core";
import { describeInBrowser } from "./browser-suite.ts";
import { type DashboardPage, failedRequests } from "./dashboard-page.ts";
import { scrollThrough } from "./long-list.ts";
import { watchRows } from "./row-changes.ts";

const testMs = 180_000;

describeInBrowser("the list of downloads", {}, (suite) => {
  /** Waits until the page lists what the service has, in its order. */
  const isAsStored = async ({ page }: DashboardPage): Promise<void> => {
    const wanted = (await suite.service.jobs()).map(({ id, state }) => `${id} ${state}`);
    await eventually(
      async () => {
        const shown = await page.$$eval(".job", (all) =>
          all.map((row) => `${row.querySelector("a")?.href.split("/").at(-1)} ${row.classList.item(1)}`),
        );
        return JSON.stringify(shown) === JSON.stringify(wanted);
      },
      { timeoutMs: 60_000, message: `the list ${wanted.join(", ")}` },
    );
  };

  test(
    "more jobs than fit are scrolled through with few rows in the page, and each is there, in order",
    async () => {
      const { service } = suite;
      // More than one page of the list, which has a hundred.
      const count = 300;
      await service.seedMany(count);
      const { page } = await suite.open();
      const { ids, mostNodes, fewestNodes } = await scrollThrough(page, count);
      expect(ids).toEqual((await service.jobs()).map(({ id }) => id as string));
      expect(mostNodes).toBeLessThan(fewestNodes + 60 * 25);
      expect(await page.$$(".job")).not.toHaveLength(0);
    },
    testMs,
  );

  test(
    "of many running jobs those are drawn anew that get on, and nothing else of the page",
    async () => {
      const { service } = suite;
      const jobs: Job[] = [];
      for (let at = 0; at < 40; at += 1) jobs.push(await service.seed({ state: "running" }));
      const dashboard = await suite.open("/", (page) => page.setViewport({ width: 1_000, height: 5_000 }));
      const { page } = dashboard;
      await dashboard.until(() => document.querySelectorAll(".job.running").length === 40);
      // Once the tabs show their counts nothing is to come by itself.
      await dashboard.until(() => document.querySelector(".count")?.textContent === "40");
      const changes = await watchRows(page);
      const moved = jobs.filter((_, at) => at % 8 === 0);
      await Promise.all(moved.map((job) => service.progress(job, { percent: 77, etaSeconds: 5 })));
      await dashboard.until(() => document.querySelectorAll('progress[value="77"]').length === 5);
      const drawn = await changes();
      expect(drawn.rows.sort()).toEqual(moved.map(({ id }) => id as string).sort());
      expect(drawn.elsewhere).toEqual([]);
      expect(drawn.elements).toBe(0);
    },
    testMs,
  );

  test(
    "what came, ended and went away while the page was cut off is as the service has it afterwards",
    async () => {
      const { service } = suite;
      const [running, failed] = [await service.seed({ state: "running" }), await service.seed({ state: "failed" })];
      await service.seed({ state: "succeeded" });
      const dashboard = await suite.open();
      await isAsStored(dashboard);
      service.intercept = async (request, next) =>
        new URL(request.url).pathname.endsWith("/events") ? new Response(null, { status: 503 }) : next();
      await service.stop();
      await service.start();
      const api = `${service.url}/api/v1/downloads`;
      await fetch(`${api}/${running.id}/cancel`, { method: "POST" });
      await fetch(`${api}/${failed.id}`, { method: "DELETE" });
      await service.seed({ state: "failed" });
      await service.seed({ state: "running" });
      // As after a kill: what the log knew is gone with its process.
      await service.deps.events.remove(ownerTopic(running.owner));
      service.intercept = null;
      await isAsStored(dashboard);
      await dashboard.until(() => document.querySelector(".tabs .count")?.textContent === "4");
      // More than a page of the list has came meanwhile.
      await service.stop();
      await service.seedMany(150);
      await service.seed();
      await service.deps.events.remove(ownerTopic(running.owner));
      await service.start();
      await dashboard.page.waitForSelector(`a[href$="${(await service.jobs())[0]?.id}"]`);
      const { ids } = await scrollThrough(dashboard.page, 155);
      expect(ids).toEqual((await service.jobs()).map(({ id }) => id as string));
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "a page whose computer slept gets a new stream: the one that it had may be dead without a sign",
    async () => {
      const { service } = suite;
      const job = await service.seed({ state: "running" });
      let streams = 0;
      service.intercept = async (request, next) => {
        if (!new URL(request.url).pathname.endsWith("/events")) return next();
        streams += 1;
        const headers = { "content-type": "text/event-stream" };
        return streams > 1 ? next() : new Response(new ReadableStream({}), { headers });
      };
      // The client itself gives up a silent stream after 45 seconds: not here.
      const impatient = (page: Page) =>
        page.evaluateOnNewDocument(() => {
          const { setTimeout } = window;
          window.setTimeout = ((run: () => void, ms?: number) =>
            setTimeout(run, (ms ?? 0) > 40_000 ? 3_600_000 : ms)) as typeof window.setTimeout;
        });
      const dashboard = await suite.open("/", impatient);
      await isAsStored(dashboard);
      await service.deps.database.jobs.move(job.id, null, "cancel");
      await dashboard.page.evaluate(() => {
        const { now } = Date;
        Date.now = () => now() + 120_000;
      });
      await isAsStored(dashboard);
      expect(streams).toBe(2);
    },
    testMs,
  );

  test(
    "a job that ends between the list and the first event is not shown as running for ever",
    async () => {
      const { service } = suite;
      const job = await service.seed({ state: "running" });
      service.intercept = async (request, next) => {
        if (!new URL(request.url).pathname.endsWith("/events")) return next();
        await eventually(async () => (await service.job(job.id))?.state === "canceled");
        return next();
      };
      const dashboard = await suite.open();
      await dashboard.page.waitForSelector(".job.running");
      await service.deps.database.jobs.move(job.id, null, "cancel");
      await isAsStored(dashboard);
    },
    testMs,
  );

  test(
    "pages that were left keep no connection of the few that a browser has, and are live again when one goes back to them",
    async () => {
      const { service } = suite;
      const dashboard = await suite.open();
      const { page } = dashboard;
      for (let at = 0; at < 8; at += 1) {
        await page.goto(`${service.url}/app/${at % 2 === 0 ? "collections" : ""}`);
        await dashboard.until(() => document.querySelector("main") !== null);
      }
      await dashboard.shows("Paste a link above");
      await page.goBack();
      await page.goForward();
      await service.seed({ state: "failed" });
      await page.waitForSelector(".job.failed");
    },
    testMs,
  );

  test(
    "what was deleted can be taken back, and is gone when it is not",
    async () => {
      const { service } = suite;
      const job = await service.seed({ state: "succeeded" });
      const { page } = await suite.open();
      const row = `.job:has(a[href$="${job.id}"])`;
      await page.waitForSelector(row);
      await page.click(`${row} button[aria-label="Delete"]`);
      await page.waitForSelector(row, { hidden: true });
      await page.click(".notice button:not(.quiet)");
      await page.waitForSelector(row);
      expect((await service.job(job.id))?.state).toBe("succeeded");
      await page.click(`${row} button[aria-label="Delete"]`);
      await page.waitForSelector(row, { hidden: true });
      await eventually(async () => (await service.job(job.id)) === null);
    },
    testMs,
  );
});
