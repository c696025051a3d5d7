import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { absenceOf, findBrowser, onlyWhole } from "@vidferry/testing";
import { startBrowser, type TestBrowser } from "../dashboard-page.ts";
import { measureLoad, measureScroll, measureUpdates } from "./measure.ts";

const chromium = findBrowser();
const testMs = 120_000;
const testWhole = onlyWhole(test);

// The short form of `bin/dashboard`: what does not depend on the machine.
describe.skipIf(chromium === undefined)(`the dashboard's own figures${absenceOf("Chromium", chromium)}`, () => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await startBrowser(chromium ?? "");
  }, testMs);

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
  });

  test(
    "the first view is at most 60 kB, and nothing of it moves by itself",
    async () => {
      const { codeBytes, layoutShift, firstContentfulPaintMs, largestContentfulPaintMs } = await measureLoad(
        browser,
        50,
      );
      expect(codeBytes).toBeGreaterThan(10_000);
      expect(codeBytes).toBeLessThan(60_000);
      expect(layoutShift).toBeLessThan(0.1);
      expect(firstContentfulPaintMs).toBeGreaterThan(0);
      expect(largestContentfulPaintMs).toBeGreaterThanOrEqual(firstContentfulPaintMs);
    },
    testMs,
  );

  testWhole(
    "a list is scrolled with few elements, and running jobs change their own rows alone",
    async () => {
      const { frames, mostNodes } = await measureScroll(browser, 150);
      expect(frames).toBeGreaterThan(0);
      expect(mostNodes).toBeLessThan(2_000);
      expect(await measureUpdates(browser, 8, 2)).toMatchObject({ updates: 14, strayChanges: 0 });
    },
    testMs,
  );
});
