import { expect, test } from "bun:test";
import { countRuns, firstChoice, useEngine } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { barriersOf } from "./barriers.ts";
import { describeInBrowser } from "./browser-suite.ts";
import { type DashboardPage, failedRequests } from "./dashboard-page.ts";

const testMs = 180_000;

describeInBrowser("the operator's views", {}, (suite) => {
  const open = async (view: string): Promise<DashboardPage> => {
    const dashboard = await suite.open(`/app/operator/${view}`);
    await dashboard.page.waitForSelector("nav.tabs");
    return dashboard;
  };
  const read = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${suite.service.url}/api/v1${path}`)).json()) as T;

  test(
    "jobs in trouble are shown with what went wrong, how often they were tried, and when they are next",
    async () => {
      const { service } = suite;
      const { database } = service.deps;
      const waiting = await service.seed({ state: "running", title: "Tries again" });
      await database.attempts.requeue(
        { jobId: waiting.id, attempt: waiting.attempt },
        {
          error: { code: "network_error", detail: "The line was cut.", hint: "", retryable: true },
          ...{ delayMs: 3_600_000, countsAsFailure: true },
        },
      );
      const stuck = await service.seed({ state: "running", title: "Runs on" });
      await database.workers.beat({
        ...{ id: service.deps.ids.next("wrk"), name: stuck.worker ?? "", host: "host-1", pid: 1, version: "0.1.0" },
        ...{ engine: { ytDlp: "2026.10.26", ffmpeg: "5.1" }, concurrency: 2, freeBytes: 5e9 },
        ...{ standalone: true, draining: false },
      });
      await service.seed({ state: "failed", code: "worker_lost", title: "Lost" });
      const dashboard = await open("trouble");
      for (const text of ["Tries again", "Try 1 of 3", "The line was cut.", stuck.id, "host-1", "worker_lost"]) {
        await dashboard.shows(text);
      }
      await dashboard.press("Cancel", "tr");
      await eventually(async () => (await service.job(waiting.id))?.state === "canceled");
      await dashboard.press("Workers");
      await dashboard.shows("5 GB free");
      await dashboard.press("Drain");
      await dashboard.press("Drain", ".question");
      await eventually(async () => (await database.workers.list(60_000))[0]?.drainRequestedAt != null);
    },
    testMs,
  );

  test(
    "failures are tried again code by code, after a question",
    async () => {
      const { service } = suite;
      const cut = await service.seed({ state: "failed", code: "network_error" });
      const other = await service.seed({ state: "failed", code: "stalled" });
      // Maintenance counts what ended, which does not run here.
      service.intercept = async (request, next) => {
        const answer = await next();
        if (!request.url.includes("by=code")) return answer;
        const stats = (await answer.json()) as { total: object };
        return Response.json({ ...stats, data: [{ ...stats.total, key: "network_error", count: 1 }] });
      };
      const dashboard = await open("overview");
      await dashboard.press("Try again", "tr:has(a[href$=network_error])");
      await dashboard.press("Try again", ".question");
      await eventually(async () => (await service.job(cut.id))?.state === "queued");
      expect((await service.job(other.id))?.state).toBe("failed");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "a version of yt-dlp on trial is shown with how it does, and the one that was left with why",
    async () => {
      const { service } = suite;
      const { engineChoices } = service.deps.database;
      const used = { ...useEngine(firstChoice, "2026.10.26", 1), newest: "2026.11.20" };
      const runs = (failed: number) => new Map([["2026.11.20", { succeeded: 3, failed }]]);
      const tried = countRuns(useEngine(used, "2026.11.20", 0.25), runs(1));
      await engineChoices.write(0, tried);
      const dashboard = await open("engines");
      await dashboard.shows("2026.11.20 is tried with 25% of all attempts.");
      await dashboard.shows("vidferry engine use 2026.11.20");
      await engineChoices.write(1, countRuns(tried, runs(9)));
      await dashboard.page.reload();
      await dashboard.shows("2026.11.20 was left by itself");
    },
    testMs,
  );

  test(
    "storage says what is kept and for how long",
    async () => {
      const dashboard = await open("storage");
      await dashboard.shows("until it is deleted");
      await dashboard.shows("0 bytes");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "an account gets limits, and a limit is lifted",
    async () => {
      const { service } = suite;
      await service.seed({ state: "running" });
      const dashboard = await open("accounts");
      await dashboard.press("local");
      const { page } = dashboard;
      const type = async (name: string, text: string): Promise<void> => {
        await page.waitForSelector(`input[name="${name}"]`);
        await page.click(`input[name="${name}"]`, { count: 3 });
        await page.keyboard.press("Backspace");
        await dashboard.type(text);
      };
      const limits = async () => (await read<{ limits: Record<string, number | null> }>("/accounts/local")).limits;
      await type("storedBytes", "1.5 GB");
      await type("runningJobs", "4");
      await dashboard.press("Save", "form");
      await eventually(async () => (await limits())["storedBytes"] === 1.5e9);
      expect((await limits())["runningJobs"]).toBe(4);
      expect(await barriersOf(page)).toEqual([]);
      await page.reload();
      await dashboard.press("local");
      await type("storedBytes", "");
      await dashboard.press("Save", "form");
      await eventually(async () => (await limits())["storedBytes"] === null);
      expect((await limits())["runningJobs"]).toBe(4);
    },
    testMs,
  );

  test(
    "a webhook is made with a secret that is shown once, is tested, gets a new secret, and goes after a question",
    async () => {
      const dashboard = await open("webhooks");
      const { page } = dashboard;
      await dashboard.shows("No webhooks yet");
      await dashboard.press("New webhook");
      await dashboard.type("https://hooks.example.com/ferry", 'input[name="url"]');
      await dashboard.type("Archive", 'input[name="description"]');
      await page.click('input[name="batch.finished"]');
      await dashboard.press("Create", "form");
      await dashboard.shows("whsec_");
      const secret = await page.$eval(".secret code", ({ textContent }) => textContent);
      const webhooks = () => read<{ data: { id: string; url: string; events: string[] }[] }>("/webhooks");
      expect((await webhooks()).data).toMatchObject([{ url: "https://hooks.example.com/ferry" }]);
      expect((await webhooks()).data[0]?.events).not.toContain("batch.finished");
      expect(await barriersOf(page)).toEqual([]);
      await dashboard.press("Close", ".secret");
      await page.waitForSelector(".secret", { hidden: true });
      expect(await page.content()).not.toContain(secret ?? "whsec_");
      await dashboard.press("Send a test");
      await dashboard.shows("webhook.test");
      await dashboard.press("New secret");
      await dashboard.press("New secret", ".question");
      await page.waitForSelector(".secret code");
      expect(await page.$eval(".secret code", ({ textContent }) => textContent)).not.toBe(secret);
      await dashboard.press("Delete");
      await dashboard.press("No, leave it", ".question");
      await page.waitForSelector(".question", { hidden: true });
      expect((await webhooks()).data).toHaveLength(1);
      await dashboard.press("Delete");
      await dashboard.press("Delete", ".question");
      await eventually(async () => (await webhooks()).data.length === 0);
    },
    testMs,
  );

  test(
    "an egress is made, disabled, and deleted only after a question",
    async () => {
      const dashboard = await open("egresses");
      const { page } = dashboard;
      await dashboard.press("New egress");
      await dashboard.type("second", 'input[name="name"]');
      await dashboard.type("http://user:a-secret@127.0.0.1:3128", 'input[name="proxyUrl"]');
      await dashboard.type("100", 'input[name="resolvesPerHour"]');
      await dashboard.press("Save", "form");
      const egresses = async () =>
        (await read<{ data: { name: string; enabled: boolean; resolvesPerHour: number | null }[] }>("/egresses")).data;
      await eventually(async () => (await egresses()).some(({ name }) => name === "second"));
      await dashboard.shows("0/100");
      expect(await page.content()).not.toContain("a-secret");
      await dashboard.press("Disable", "tr");
      await dashboard.shows("disabled");
      await dashboard.press("Delete", "tr");
      await dashboard.press("Delete", ".question");
      await eventually(async () => (await egresses()).every(({ name }) => name !== "second"));
    },
    testMs,
  );

  test(
    "a check that failed is shown with what helps, although the service then answers 503",
    async () => {
      const { service } = suite;
      const checks = [
        { name: "store", status: "ok", detail: "answers" },
        { name: "storage disk", status: "failed", detail: "0 MB free", fix: "Free space, or set RETENTION_SECONDS." },
      ];
      service.intercept = async (request, next) =>
        request.url.endsWith("/health/detailed")
          ? Response.json({ status: "failed", version: "0.1.0", checks }, { status: 503 })
          : next();
      const dashboard = await open("overview");
      await dashboard.shows("Free space, or set RETENTION_SECONDS.");
      await dashboard.shows("One part is well");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "a view that cannot be read says why, with the request's id to copy, and a button reads it again",
    async () => {
      const { service } = suite;
      const problem = {
        ...{
          type: "about:blank",
          title: "Not now",
          status: 500,
          detail: "The books are away.",
          code: "internal_error",
        },
        ...{ requestId: "req_of_the_books", retryable: false, hint: "Ask again." },
      };
      service.intercept = async (request, next) =>
        /\/api\/v1\/(audit|downloads\?)/.test(request.url)
          ? Response.json(problem, { status: 500, headers: { "content-type": "application/problem+json" } })
          : next();
      const dashboard = await open("audit");
      const { page } = dashboard;
      await dashboard.shows("The books are away. Ask again.");
      expect(await page.$eval(".problem .copy", (button) => button.getAttribute("title"))).toBe("req_of_the_books");
      // As a browser with windows does for whoever presses a button.
      const permission = { name: "clipboard-write", allowWithoutSanitization: false };
      await page.browserContext().setPermission(service.url, { permission, state: "granted" });
      await dashboard.press("Copy the request's id");
      await dashboard.shows("Copied");
      expect(await barriersOf(page)).toEqual([]);
      await dashboard.press("Downloads", "header");
      await page.waitForSelector("section .problem .copy");
      await dashboard.hides("Nothing here yet");
      service.intercept = null;
      await dashboard.press("Try again", "section .problem");
      await dashboard.shows("Nothing here yet");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "keys are made with a secret that is shown once, get a new one, and are revoked after a question",
    async () => {
      const service = await suite.serve({ auth: "keys" });
      const { secret } = await service.key({ owner: "ops", name: "Admin", scopes: ["admin"] } as never);
      const dashboard = await suite.open(service.url);
      const { page } = dashboard;
      await page.waitForSelector('input[name="key"]');
      await dashboard.type(secret, 'input[name="key"]');
      await page.keyboard.press("Enter");
      await dashboard.press("Operation");
      await dashboard.press("Keys");
      await dashboard.press("New key");
      await dashboard.type("Phone", 'input[name="name"]');
      await dashboard.type("ada", 'input[name="owner"]');
      await dashboard.press("Create", "form");
      await dashboard.shows("shown once");
      const made = await page.$eval(".secret code", ({ textContent }) => textContent ?? "");
      const status = async (key: string): Promise<number> =>
        (await fetch(`${service.url}/api/v1/quota`, { headers: { authorization: `Bearer ${key}` } })).status;
      expect(await status(made)).toBe(200);
      const row = "tr:has(bdi)";
      await dashboard.press("New secret", row);
      await dashboard.press("New secret", ".question");
      await page.waitForFunction((old) => document.querySelector(".secret code")?.textContent !== old, {}, made);
      const renewed = await page.$eval(".secret code", ({ textContent }) => textContent ?? "");
      expect(await status(renewed)).toBe(200);
      await dashboard.press("Revoke", row);
      await dashboard.press("Revoke", ".question");
      await eventually(async () => (await status(renewed)) === 401);
      await dashboard.press("Accounts");
      await dashboard.shows("ada");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );
});
