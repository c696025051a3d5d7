import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { ErrorCode, Job } from "@vidferry/core";
import { absenceOf, eventually, findBrowser } from "@vidferry/testing";
import { type DashboardPage, startBrowser, type TestBrowser } from "./dashboard-page.ts";
import { type MemoryService, type SeededJob, startMemoryService } from "./memory-service.ts";

const chromium = findBrowser();
const testMs = 120_000;

const cookies = ["Provide cookies"];
const smaller = ["Try in 480p", "Only the sound"];
/** What a person can do about a failure besides trying the same again. */
const expected: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
  ...{ bot_check: cookies, login_required: cookies, age_restricted: cookies, members_only: cookies },
  format_unavailable: ["Try any quality", "Only the sound"],
  ...{ file_too_large: smaller, disk_full: smaller, storage_full: smaller, out_of_memory: smaller },
  ...{ network_error: [], stalled: [], video_private: [], video_removed: [], drm_protected: [], geo_blocked: [] },
};

describe.skipIf(chromium === undefined)(`what helps against a failure${absenceOf("Chromium", chromium)}`, () => {
  let service: MemoryService;
  let browser: TestBrowser;
  let dashboard: DashboardPage;

  beforeAll(async () => {
    service = await startMemoryService();
    browser = await startBrowser(chromium ?? "");
  }, testMs);

  beforeEach(async () => {
    dashboard = await browser.open(service.url);
  });

  afterEach(async () => {
    expect(dashboard.faults).toEqual([]);
    await dashboard[Symbol.asyncDispose]();
  });

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  const rowOf = ({ id }: Job): string => `.job:has(a[href$="${id}"])`;
  const shown = async (over: SeededJob): Promise<{ job: Job; row: string }> => {
    const job = await service.seed(over);
    await dashboard.page.waitForSelector(rowOf(job));
    return { job, row: rowOf(job) };
  };
  /** The job that was asked for after another one. */
  const next = ({ id }: Job): Promise<Job> =>
    eventually(async () => (await service.jobs()).find((job) => job.id > id) ?? null);

  test(
    "a failure says what is the matter, and has the buttons that help against it",
    async () => {
      const found: Record<string, string[]> = {};
      for (const code of Object.keys(expected) as ErrorCode[]) {
        const { job, row } = await shown({ state: "failed", code });
        const { buttons, text } = await dashboard.page.$eval(row, (node) => ({
          buttons: [...node.querySelectorAll(".actions button:not(.quiet)")].map(
            ({ textContent }) => textContent ?? "",
          ),
          text: node.textContent,
        }));
        expect(text).toContain(job.error?.detail ?? "");
        found[code] = buttons.filter((name) => name !== "Try again");
        if (code === "network_error") expect(buttons).toEqual(["Try again"]);
        if (code === "video_private") expect(buttons).toEqual([]);
      }
      expect(found).toEqual(expected as Record<string, string[]>);
    },
    testMs,
  );

  test(
    "a failure and a cancelation are tried again",
    async () => {
      for (const over of [{ state: "failed" }, { state: "canceled" }] as const) {
        const { job, row } = await shown(over);
        await dashboard.press("Try again", row);
        await eventually(async () => (await service.job(job.id))?.state === "queued");
        await dashboard.page.waitForSelector(`${row}.queued`);
      }
    },
    testMs,
  );

  test.each([
    ["Try in 480p", "file_too_large", { type: "video", quality: "480p" }],
    ["Only the sound", "disk_full", { type: "audio", format: "best" }],
    ["Try any quality", "format_unavailable", { type: "video", quality: "best", container: "mkv" }],
  ] as const)(
    "%s asks for the same link anew, and keeps the other wishes",
    async (button, code, output) => {
      const wishes = { clip: { startSeconds: 3, endSeconds: 9 }, labels: { kind: "remedy" } };
      const { job, row } = await shown({ state: "failed", code, request: wishes });
      await dashboard.press(button, row);
      const asked = await next(job);
      expect(asked.request).toMatchObject({ url: job.request.url, output, ...wishes });
      await dashboard.page.waitForSelector(rowOf(asked));
      expect((await service.job(job.id))?.state).toBe("failed");
    },
    testMs,
  );

  test(
    "files that are gone after their time are downloaded again",
    async () => {
      const output = { type: "audio", format: "mp3" } as const;
      const { job, row } = await shown({ state: "succeeded", request: { output } });
      await dashboard.press("Download again", row);
      expect((await next(job)).request).toMatchObject({ url: job.request.url, output });
    },
    testMs,
  );

  test(
    "an operator gives cookies where they are missing, and the same download is tried again",
    async () => {
      const { job, row } = await shown({ state: "failed", code: "members_only" });
      const { page } = dashboard;
      await dashboard.press("Provide cookies", row);
      await page.waitForFunction(() => location.pathname === "/app/operator/egresses");
      await dashboard.press("New egress");
      await page.type('input[name="name"]', "account");
      await page.type('textarea[name="cookies"]', cookieFile);
      await dashboard.press("Save", "form");
      await page.waitForFunction(() => document.querySelector("tbody")?.textContent?.includes("account"));
      const { data } = (await (await fetch(`${service.url}/api/v1/egresses`)).json()) as {
        data: { name: string; cookies: { present: boolean } }[];
      };
      expect(data.find(({ name }) => name === "account")?.cookies.present).toBe(true);
      expect(await page.content()).not.toContain("a-secret-value");
      await dashboard.press("Downloads", "header");
      await dashboard.press("Try again", row);
      await eventually(async () => (await service.job(job.id))?.state === "queued");
    },
    testMs,
  );

  test(
    "the details of a failure offer the same as its row",
    async () => {
      const { job, row } = await shown({ state: "failed", code: "out_of_memory" });
      await dashboard.page.click(`${row} a.title`);
      await dashboard.press("Try in 480p", "dialog");
      expect((await next(job)).request.output).toMatchObject({ quality: "480p" });
    },
    testMs,
  );
});

const cookieFile = ["# Netscape HTTP Cookie File", ".youtube.com\tTRUE\t/\tTRUE\t2145916800\tSID\ta-secret-value"].join(
  "\n",
);
