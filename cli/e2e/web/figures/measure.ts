import { eventually } from "@vidferry/testing";
import type { Page } from "puppeteer-core";
import type { TestBrowser } from "../dashboard-page.ts";
import { scrollThrough } from "../long-list.ts";
import { type MemoryService, startMemoryService } from "../memory-service.ts";
import { watchRows } from "../row-changes.ts";

/** How the first view came to be shown, by the browser's own account. */
export interface LoadFigures {
  readonly firstContentfulPaintMs: number;
  readonly largestContentfulPaintMs: number;
  /** Of tasks that kept the page from answering, what is above 50 ms of each. */
  readonly totalBlockingMs: number;
  /** Cumulative; 0: nothing moved by itself. */
  readonly layoutShift: number;
  /** Page, scripts and styles, as they came over the wire. */
  readonly codeBytes: number;
  readonly requests: number;
}

/** How a long list is scrolled. */
export interface ScrollFigures {
  readonly rows: number;
  readonly frames: number;
  /** Between two frames. */
  readonly medianFrameMs: number;
  readonly p95FrameMs: number;
  /** Elements in the page. */
  readonly mostNodes: number;
}

/** What it costs to show how running jobs get on. */
export interface UpdateFigures {
  readonly running: number;
  readonly updates: number;
  /** Of the page's main thread, for each update. */
  readonly taskMsEach: number;
  /** Rows that were changed besides those that got on, and changes outside of the rows. */
  readonly strayChanges: number;
}

/** Opens the first view of a service with so many jobs. */
export async function measureLoad(browser: TestBrowser, jobs: number): Promise<LoadFigures> {
  await using service = await startMemoryService();
  await service.seedMany(jobs);
  const bytes = new Map<string, number>();
  const codes = new Set<string>();
  await using dashboard = await browser.open(service.url, async (page) => {
    await page.evaluateOnNewDocument(observeLoad);
    const session = await page.createCDPSession();
    await session.send("Network.enable");
    session.on("Network.responseReceived", ({ requestId, type }) => {
      if (["Document", "Script", "Stylesheet"].includes(type)) codes.add(requestId);
    });
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      bytes.set(requestId, encodedDataLength);
    });
  });
  const { page } = dashboard;
  await page.waitForSelector(".job");
  await page.waitForFunction(() => document.querySelector(".count")?.textContent !== "");
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: Record<string, number> }).seen);
  return {
    firstContentfulPaintMs: seen["paint"] ?? 0,
    largestContentfulPaintMs: seen["largest"] ?? 0,
    totalBlockingMs: seen["blocking"] ?? 0,
    layoutShift: seen["shift"] ?? 0,
    codeBytes: [...codes].reduce((sum, id) => sum + (bytes.get(id) ?? 0), 0),
    requests: bytes.size,
  };
}

/** Runs in the page before anything else. */
function observeLoad(): void {
  const seen = { paint: 0, largest: 0, blocking: 0, shift: 0 };
  Object.assign(globalThis, { seen });
  const on = (type: string, take: (entry: PerformanceEntry & { value?: number }) => void): void =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  on("paint", ({ name, startTime }) => {
    if (name === "first-contentful-paint") seen.paint = startTime;
  });
  on("largest-contentful-paint", ({ startTime }) => {
    seen.largest = startTime;
  });
  on("longtask", ({ duration }) => {
    seen.blocking += Math.max(0, duration - 50);
  });
  on("layout-shift", ({ value = 0 }) => {
    seen.shift += value;
  });
}

/** Scrolls through so many jobs, a screen at a time, and counts the frames. */
export async function measureScroll(browser: TestBrowser, rows: number): Promise<ScrollFigures> {
  await using service = await startMemoryService();
  await service.seedMany(rows);
  await using dashboard = await browser.open(service.url);
  const { page } = dashboard;
  await page.waitForSelector(".job");
  const frames = await page.evaluateHandle(() => {
    const times: number[] = [];
    const note = (time: number): void => {
      times.push(time);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
    return times;
  });
  const { mostNodes } = await scrollThrough(page, rows);
  const times = await frames.jsonValue();
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  gaps.sort((a, b) => a - b);
  const at = (share: number): number => gaps[Math.floor(gaps.length * share)] ?? 0;
  return { rows, frames: gaps.length, medianFrameMs: at(0.5), p95FrameMs: at(0.95), mostNodes };
}

/** Lets each of so many running jobs, all of them in sight, get on so many times. */
export async function measureUpdates(browser: TestBrowser, running: number, rounds: number): Promise<UpdateFigures> {
  await using service = await startMemoryService();
  const jobs = await Promise.all(Array.from({ length: running }, () => service.seed({ state: "running" })));
  const size = { width: 1_000, height: 1_000 + running * 120 };
  await using dashboard = await browser.open(service.url, (page) => page.setViewport(size));
  const { page } = dashboard;
  await page.waitForFunction((count) => document.querySelectorAll(".job").length === count, {}, running);
  await page.waitForFunction(() => document.querySelector(".count")?.textContent !== "");
  const changes = await watchRows(page);
  const before = await taskMs(page);
  for (let round = 1; round <= rounds; round += 1) await getOn(service, page, jobs.slice(1), round);
  const taskMsEach = ((await taskMs(page)) - before) / (rounds * (running - 1));
  const { rows, elsewhere } = await changes();
  const stray = rows.filter((id) => id === jobs[0]?.id).length + elsewhere.length;
  return { running, updates: rounds * (running - 1), taskMsEach, strayChanges: stray };
}

async function getOn(
  service: MemoryService,
  page: Page,
  jobs: readonly Parameters<MemoryService["progress"]>[0][],
  round: number,
): Promise<void> {
  const percent = 10 + round;
  await Promise.all(jobs.map((job) => service.progress(job, { percent, bytesPerSecond: 1_000 * round })));
  const shown = (value: number): number => document.querySelectorAll(`progress[value="${value}"]`).length;
  await eventually(async () => (await page.evaluate(shown, percent)) === jobs.length, { timeoutMs: 60_000 });
}

async function taskMs(page: Page): Promise<number> {
  const { TaskDuration = 0 } = await page.metrics();
  return TaskDuration * 1_000;
}
