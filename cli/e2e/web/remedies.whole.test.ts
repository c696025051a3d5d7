import { beforeEach, expect, test } from "bun:test";
import type { ErrorCode, Job } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { describeInBrowser } from "./browser-suite.ts";
import type { DashboardPage } from "./dashboard-page.ts";
import type { SeededJob } from "./memory-service.ts";

const testMs = 120_000;

const again = "Try again";
const cookies = ["Provide cookies", again];
const smaller = ["Try in 480p", "Only the sound"];
const smallerAgain = [...smaller, again];
/** What a person can do about a failure. */
const expected: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
  ...{ bot_check: cookies, login_required: cookies, age_restricted: cookies, members_only: cookies },
  format_unavailable: ["Try any quality", "Only the sound"],
  ...{ file_too_large: smaller, disk_full: smallerAgain, storage_full: smallerAgain, out_of_memory: smallerAgain },
  ...{ network_error: [again], stalled: [again], video_private: [], video_removed: [], drm_protected: [] },
  geo_blocked: [],
};

describeInBrowser("what helps against a failure", {}, (suite) => {
  let dashboard: DashboardPage;

  beforeEach(async () => {
    dashboard = await suite.open();
  });

  const rowOf = ({ id }: Job): string => `.job:has(a[href$="${id}"])`;
  const shown = async (over: SeededJob): Promise<{ job: Job; row: string }> => {
    const job = await suite.service.seed(over);
    await dashboard.page.waitForSelector(rowOf(job));
    return { job, row: rowOf(job) };
  };
  /** The job that was asked for after another one. */
  const next = ({ id }: Job): Promise<Job> =>
    eventually(async () => (await suite.service.jobs()).find((job) => job.id > id) ?? null);

  test(
    "a failure says what is the matter, and has the buttons that help against it",
    async () => {
      const codes = Object.keys(expected) as ErrorCode[];
      await dashboard.page.setViewport({ width: 1_000, height: 3_000 });
      const jobs = await Promise.all(codes.map((code) => suite.service.seed({ state: "failed", code })));
      await dashboard.until((count) => document.querySelectorAll(".job.failed").length === count, jobs.length);
      const rows = await dashboard.page.$$eval(".job", (all) =>
        all.map((row) => ({
          id: row.querySelector("a.title")?.getAttribute("href")?.split("/").at(-1),
          text: row.textContent,
          buttons: [...row.querySelectorAll(".actions button:not(.quiet)")].map(({ textContent }) => textContent ?? ""),
        })),
      );
      const found = jobs.map((job) => {
        const row = rows.find(({ id }) => id === job.id);
        expect(row?.text).toContain(job.error?.detail ?? "");
        return [job.error?.code, row?.buttons];
      });
      expect(Object.fromEntries(found)).toEqual(expected);
    },
    testMs,
  );

  test(
    "a failure and a cancelation are tried again",
    async () => {
      const { service } = suite;
      for (const over of [{ state: "failed" }, { state: "canceled" }] as const) {
        const { job, row } = await shown(over);
        await dashboard.press("Try again", row);
        await eventually(async () => (await service.job(job.id))?.state === "queued");
        await dashboard.page.waitForSelector(`${row}.queued`);
      }
    },
    testMs,
  );

  test(
    "another quality, only the sound and what is gone are asked for anew by the same link with the other wishes, in the row and in the details",
    async () => {
      const { service } = suite;
      const wishes = { clip: { startSeconds: 3, endSeconds: 9 }, labels: { kind: "remedy" } };
      const mp3 = { type: "audio", format: "mp3" } as const;
      for (const [button, seeded, output] of [
        ["Try in 480p", { code: "file_too_large" }, { type: "video", quality: "480p" }],
        ["Only the sound", { code: "disk_full" }, { type: "audio", format: "best" }],
        ["Try any quality", { code: "format_unavailable" }, { type: "video", quality: "best", container: "mkv" }],
        // Its files are gone after their time.
        ["Download again", { state: "succeeded", request: { output: mp3 } }, mp3],
      ] as const) {
        const over: SeededJob = { state: "failed", ...seeded };
        const { job, row } = await shown({ ...over, request: { ...over.request, ...wishes } });
        await dashboard.press(button, row);
        const asked = await next(job);
        expect(asked.request).toMatchObject({ url: job.request.url, output, ...wishes });
        await dashboard.page.waitForSelector(rowOf(asked));
        expect((await service.job(job.id))?.state).toBe(job.state);
      }
      const { job, row } = await shown({ state: "failed", code: "out_of_memory" });
      await dashboard.page.click(`${row} a.title`);
      await dashboard.press("Try in 480p", "dialog");
      expect((await next(job)).request.output).toMatchObject({ quality: "480p" });
    },
    testMs,
  );

  test(
    "an operator gives cookies where they are missing, and the same download is tried again",
    async () => {
      const { service } = suite;
      const { job, row } = await shown({ state: "failed", code: "members_only" });
      const { page } = dashboard;
      await dashboard.press("Provide cookies", row);
      await dashboard.until(() => location.pathname === "/app/operator/egresses");
      await dashboard.press("New egress");
      await dashboard.type("account", 'input[name="name"]');
      await dashboard.type(cookieFile, 'textarea[name="cookies"]');
      await dashboard.press("Save", "form");
      await dashboard.until(() => document.querySelector("tbody")?.textContent?.includes("account"));
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
});

const cookieFile = ["# Netscape HTTP Cookie File", ".youtube.com\tTRUE\t/\tTRUE\t2145916800\tSID\ta-secret-value"].join(
  "\n",
);
