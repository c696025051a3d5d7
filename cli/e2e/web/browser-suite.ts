import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "bun:test";
import { absenceOf, findBrowser } from "@vidferry/testing";
import { type DashboardPage, type PreparePage, startBrowser, type TestBrowser } from "./dashboard-page.ts";
import { type MemoryService, type MemoryServiceOptions, startMemoryService } from "./memory-service.ts";

/** What the tests of a suite are given. */
export interface BrowserSuite {
  /** The service of this test, or of all where the suite shares one. */
  readonly service: MemoryService;
  /** Another service, which ends behind the test. */
  serve(options: MemoryServiceOptions): Promise<MemoryService>;
  /**
   * Opens a page, with cookies and storage of its own. It is closed behind the test, and must have had no faults then.
   * @param address a path of the service, or a whole address; default: the first view
   */
  open(address?: string, prepare?: PreparePage): Promise<DashboardPage>;
}

/** Options of {@link describeInBrowser}. */
export interface SuiteOptions {
  readonly service?: MemoryServiceOptions;
  /** Prepares one service for all tests, which then look at what they have made themselves. Default: one for each test. */
  readonly share?: (service: MemoryService) => Promise<unknown>;
  /** Host names that lead to this machine. */
  readonly hosts?: readonly string[];
  /** Faults that every test brings about. */
  readonly forgiven?: RegExp;
}

const startMs = 120_000;

/** A suite of tests in Chromium, which starts once for all of them; they are skipped where there is none. */
export function describeInBrowser(
  title: string,
  { service: options, share, hosts, forgiven }: SuiteOptions,
  define: (suite: BrowserSuite) => void,
): void {
  const chromium = findBrowser();
  describe.skipIf(chromium === undefined)(`${title}${absenceOf("Chromium", chromium)}`, () => {
    let browser: TestBrowser;
    let service: MemoryService;
    let services: MemoryService[] = [];
    let opened: DashboardPage[] = [];
    const serve = async (how: MemoryServiceOptions | undefined): Promise<MemoryService> => {
      const started = await startMemoryService(how);
      services.push(started);
      return started;
    };
    const endServices = async (): Promise<void> => {
      const ended = services;
      services = [];
      for (const one of ended) await one[Symbol.asyncDispose]();
    };

    beforeAll(async () => {
      browser = await startBrowser(chromium ?? "", hosts);
      if (share === undefined) return;
      service = await startMemoryService(options);
      await share(service);
    }, startMs);

    beforeEach(async () => {
      if (share === undefined) service = await serve(options);
    });

    afterEach(async () => {
      const pages = opened;
      opened = [];
      for (const page of pages) await page[Symbol.asyncDispose]();
      await endServices();
      for (const page of pages) {
        if (forgiven !== undefined) page.forgive(forgiven);
        expect(page.faults).toEqual([]);
      }
    });

    afterAll(async () => {
      if (share !== undefined) await service?.[Symbol.asyncDispose]();
      await browser?.[Symbol.asyncDispose]();
    });

    define({
      get service() {
        return service;
      },
      serve,
      open: async (address = "/", prepare) => {
        const page = await browser.open(new URL(address, service.url).href, prepare);
        opened.push(page);
        return page;
      },
    });
  });
}
