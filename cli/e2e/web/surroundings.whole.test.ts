import { expect, test } from "bun:test";
import { ownerTopic, toJobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import type { Page } from "puppeteer-core";
import { describeInBrowser } from "./browser-suite.ts";
import { type DashboardPage, failedRequests } from "./dashboard-page.ts";
import { throughViews } from "./views.ts";

const testMs = 120_000;
const link = "https://www.youtube.com/watch?v=around00001";
const list = "https://www.youtube.com/playlist?list=PLhostile";
const hostile = `<img src="x" onerror="alert(1)"><b>bold</b> \u202Eesrever\u202C & ${"unbroken".repeat(40)}`;

describeInBrowser("what the dashboard stands on", {}, (suite) => {
  const ask = ({ type }: DashboardPage): Promise<void> => type(`${link}\n`, "textarea");
  const field = (page: Page) => page.$eval("textarea", (one) => (one as HTMLTextAreaElement).value);

  const storages = [
    ["may not be used", blockStorage],
    ["is full", fillStorage],
    ["holds what another version has left", spoilStorage],
  ] as const;
  test.each(storages)(
    "the page works where storage %s",
    async (_, prepare) => {
      const { service } = suite;
      const dashboard = await suite.open("/", prepare);
      const { page } = dashboard;
      await dashboard.focuses("textarea");
      expect(await page.$eval(".options input:checked", (one) => (one as HTMLInputElement).value)).toBe("video");
      await page.click('.options input[value="text"]');
      await dashboard.press("More", ".options");
      await dashboard.type("Mine", 'input[aria-label="Name of the preset"]');
      await dashboard.press("Save as a preset");
      await dashboard.press("Mine", ".options");
      await dashboard.press(await page.$eval("header button.quiet", (one) => one.getAttribute("aria-label") ?? ""));
      await ask(dashboard);
      const [job] = await eventually(async () => {
        const jobs = await service.jobs();
        return jobs.length === 1 ? jobs : null;
      });
      expect(job?.request).toMatchObject({ output: { type: "transcript" }, subtitles: { formats: ["txt", "srt"] } });
    },
    testMs,
  );

  test(
    "without a network the page says so and keeps what was typed, and goes on by itself",
    async () => {
      const { service } = suite;
      const running = await service.seed({ state: "running" });
      const dashboard = await suite.open();
      const { page } = dashboard;
      await page.waitForSelector(".job.running");
      await page.setOfflineMode(true);
      await ask(dashboard);
      await page.waitForSelector(".notice.error");
      await dashboard.shows("cannot be reached");
      expect(await field(page)).toBe(link);
      expect(await page.$$(".job.running")).toHaveLength(1);
      // What happens meanwhile is made up for.
      await fetch(`${service.url}/api/v1/downloads/${running.id}/cancel`, { method: "POST" });
      await page.setOfflineMode(false);
      await dashboard.hides("cannot be reached");
      await page.waitForSelector(".job.canceled");
      await page.focus("textarea");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".job.queued");
      expect(await service.jobs()).toHaveLength(2);
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "a service that is not ready when the page comes is waited for",
    async () => {
      const { service } = suite;
      await service.seed();
      service.intercept = async (request, next) =>
        new URL(request.url).pathname.startsWith("/api/")
          ? new Response("<h1>Bad gateway</h1>", { status: 502 })
          : next();
      const dashboard = await suite.open();
      await dashboard.shows("cannot be reached");
      service.intercept = null;
      await dashboard.page.waitForSelector(".job.queued");
      await dashboard.hides("cannot be reached");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "an answer that is no answer of the service is told as such, and nothing that was typed is lost",
    async () => {
      const { service } = suite;
      const dashboard = await suite.open();
      const { page } = dashboard;
      await dashboard.focuses("textarea");
      service.intercept = async (request, next) =>
        request.method === "POST"
          ? new Response("<!doctype html><script>document.title='mine'</script>", {
              headers: { "content-type": "text/html" },
            })
          : next();
      await ask(dashboard);
      await page.waitForSelector(".notice.error");
      expect(await field(page)).toBe(link);
      expect(await page.title()).not.toBe("mine");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "an older service lacks operations: each view says so, and the list is kept up to date without the stream",
    async () => {
      const { service } = suite;
      const job = await service.seed();
      const has = /^\/api\/v1\/(session|downloads(\/job_\w+(\/cancel)?)?)$/;
      service.intercept = async (request, next) => {
        const { pathname } = new URL(request.url);
        const isLacking = (pathname.startsWith("/api/") || pathname.startsWith("/health")) && !has.test(pathname);
        return isLacking
          ? Response.json({ status: 404, title: "Not found", code: "not_found" }, { status: 404 })
          : next();
      };
      const dashboard = await suite.open();
      const { page } = dashboard;
      await page.waitForSelector(".job.queued");
      await service.deps.database.jobs.move(job.id, null, "cancel");
      await page.waitForSelector(".job.canceled");
      expect(await page.$(".offline")).toBeNull();
      for await (const _view of throughViews(dashboard)) await page.waitForSelector(".job, .problem, .empty, .offline");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );

  test(
    "a newer service tells what this page does not know: it is shown as it is called, and the rest works",
    async () => {
      const { service } = suite;
      const [strange, plain] = [await service.seed({ state: "running" }), await service.seed({ state: "failed" })];
      const made = { state: "blessed", stage: "polishing", glow: { of: ["x"] }, artifacts: [strangeArtifact] };
      service.intercept = async (request, next) => {
        const response = await next();
        const { pathname } = new URL(request.url);
        if (request.method !== "GET" || !/\/(downloads|session|counts)$/.test(pathname)) return response;
        const body = (await response.json()) as Record<string, unknown> & {
          data?: { id: string }[];
          scopes?: string[];
        };
        if (body.data) body.data = body.data.map((job) => (job.id === strange.id ? { ...job, ...made } : job));
        if (body.scopes) body.scopes = [...body.scopes, "comets"];
        return Response.json({ ...body, comets: 1 });
      };
      const dashboard = await suite.open();
      const { page } = dashboard;
      await page.waitForSelector(".job.blessed");
      await dashboard.shows("blessed");
      const tell = (type: string, data: object) =>
        service.deps.events.append(ownerTopic(plain.owner), { type, data } as never);
      await tell("comet", { id: "comet_1" });
      await tell("job", {
        ...toJobResource(plain),
        error: { code: "comet_hit", detail: "A comet.", hint: "", retryable: true },
      });
      await dashboard.shows("A comet.");
      await tell("job", {
        ...toJobResource(plain),
        state: "queued",
        waitingFor: { reason: "moon", until: null, detail: "" },
      });
      await dashboard.shows("moon");
      await page.click(`.job.blessed a.title`);
      await page.waitForSelector("dialog[open]");
      await page.keyboard.press("Escape");
      await ask(dashboard);
      await eventually(async () => (await service.jobs()).length === 3);
    },
    testMs,
  );

  test(
    "pictures that are none, or are no pictures, leave a frame, and run nothing",
    async () => {
      const { service } = suite;
      for (const thumbnailUrl of [
        "https://i.ytimg.com/vi/a/hq.jpg",
        "http://i.ytimg.com/b.jpg",
        "javascript:alert(1)",
      ]) {
        await service.seed({ state: "failed", media: { thumbnailUrl } });
      }
      const asked: string[] = [];
      const dashboard = await suite.open("/", async (page) => {
        page.on("dialog", (dialog) => void asked.push(dialog.message()));
        await page.setRequestInterception(true);
        page.on("request", (request) => {
          if (!request.url().includes("ytimg")) return void request.continue();
          asked.push(request.url());
          const headers = { "content-type": "text/html" };
          void request.respond({ status: 200, headers, body: "<script>alert(document.domain)</script>" });
        });
      });
      await dashboard.until(() => document.querySelectorAll(".job").length === 3);
      await eventually(() => asked.length > 0);
      await dashboard.until(() => document.querySelector(".thumbnail img") === null);
      expect(asked).toEqual(["https://i.ytimg.com/vi/a/hq.jpg"]);
    },
    testMs,
  );

  test(
    "titles with markup, other directions and hundreds of letters are texts in every view, and none is too wide for a phone",
    async () => {
      const { service } = suite;
      service.probes.set(list, {
        ...{ kind: "playlist", id: "PLhostile", title: hostile, channel: hostile, webpageUrl: list, count: 1 },
        ...{ entries: [], nextCursor: null },
      });
      const artifact = {
        ...strangeArtifact,
        kind: "subtitle" as const,
        contentType: "text/vtt",
        fileName: `${hostile}.vtt`,
      };
      const failed = await service.seed({ state: "failed", title: hostile, media: { channel: hostile } });
      await service.seed({
        state: "succeeded",
        title: hostile,
        artifacts: [artifact],
        labels: { note: hostile.slice(0, 90) },
      });
      const post = (path: string, body: object) =>
        fetch(`${service.url}/api/v1${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      const source = { url: list };
      const made = [
        await post("/batches", { source }),
        await post("/schedules", {
          name: hostile.slice(0, 190),
          cron: "0 6 * * *",
          timeZone: "UTC",
          batch: { source },
        }),
        await post("/keys", { name: hostile.slice(0, 90) }),
      ];
      expect(made.map(({ status }) => Math.floor(status / 100))).toEqual([2, 2, 2]);
      await service.expand();
      const dashboard = await suite.open("/", (page) => page.setViewport({ width: 320, height: 700 }));
      const { page } = dashboard;
      const found: string[] = [];
      const look = async (view: string): Promise<void> => {
        found.push(...(await page.evaluate(brokenParts)).map((fault) => `${view}: ${fault}`));
      };
      for await (const view of throughViews(dashboard)) await look(view);
      await page.goto(`${service.url}/app/downloads/${failed.id}`);
      await page.waitForSelector("dialog[open] h2");
      await look("details");
      await page.goto(service.url);
      await dashboard.press("Delete", ".job.failed");
      await page.waitForSelector(".notice");
      await look("a message");
      expect(found).toEqual([]);
      expect(await page.$eval(".job .title", ({ textContent }) => textContent)).toBe(hostile);
    },
    testMs,
  );
});

const strangeArtifact = {
  ...{
    id: "art_1",
    kind: "hologram" as "video",
    fileName: "a.holo",
    contentType: "model/holo",
    bytes: 5,
    sha256: "a".repeat(64),
  },
  ...{ language: null, automatic: null, width: null, height: null, fps: null, videoCodec: null, audioCodec: null },
  ...{ durationSeconds: null, storageKey: "jobs/x/1/art_1.holo", url: "/api/v1/downloads/x/files/art_1" },
};

/** Runs in the page: elements that a text became, and what makes the page scroll sideways. */
function brokenParts(): string[] {
  const made = [...document.querySelectorAll("main b, dialog b, .notices b, img[src='x']")];
  const over = document.documentElement.scrollWidth - innerWidth;
  return [...made.map(({ outerHTML }) => outerHTML), ...(over > 0 ? [`${over} px too wide`] : [])];
}

const blockStorage = (page: Page): Promise<unknown> =>
  page.evaluateOnNewDocument(() => {
    const get = (): never => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    };
    Object.defineProperty(window, "localStorage", { get });
    Object.defineProperty(window, "sessionStorage", { get });
  });

const fillStorage = (page: Page): Promise<unknown> =>
  page.evaluateOnNewDocument(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };
  });

const spoilStorage = (page: Page): Promise<unknown> =>
  page.evaluateOnNewDocument(() => {
    const kept = {
      choice: '{"type":"hologram","quality":9000,"textFormats":null,"languages":7,"subtitles":"yes"}',
      presets: '{"a":1}',
      theme: '"blue"',
    };
    for (const [name, value] of Object.entries(kept)) {
      if (localStorage.getItem("spoilt") === null) localStorage.setItem(`vidferry.${name}`, value);
    }
    localStorage.setItem("spoilt", "once");
  });
