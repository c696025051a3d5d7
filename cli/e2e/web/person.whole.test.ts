import { expect, test } from "bun:test";
import type { Job, Probe } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { barriersAllRound, barriersOf } from "./barriers.ts";
import { describeInBrowser } from "./browser-suite.ts";
import type { DashboardPage } from "./dashboard-page.ts";

const testMs = 120_000;
const film = "https://www.youtube.com/watch?v=aFilm000001";
const list = "https://www.youtube.com/playlist?list=PLofFilms";

describeInBrowser("the person's views", {}, (suite) => {
  const read = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${suite.service.url}/api/v1${path}`)).json()) as T;
  const newest = (): Promise<Job> => eventually(async () => (await suite.service.jobs())[0] ?? null);
  const probed = async (link: string, text: string): Promise<DashboardPage> => {
    suite.service.probes.set(film, filmProbe).set(list, pageOf(["aFilm000001", "aFilm000002"], "2"));
    const dashboard = await suite.open();
    await dashboard.focuses("textarea");
    await dashboard.type(link);
    await dashboard.shows(text);
    return dashboard;
  };

  test(
    "a part is chosen by drawing over the timeline with a mouse and with a finger",
    async () => {
      const dashboard = await probed(film, "A film");
      const { page } = dashboard;
      await dashboard.press("Only a part");
      const box = await page.$eval(".timeline", (node) => {
        node.scrollIntoView({ block: "center" });
        const { x, y, width, height } = node.getBoundingClientRect();
        return { x, y, width, height };
      });
      // The ends of the timeline are half a handle from its edges.
      const at = (share: number): number => box.x + 12 + (box.width - 24) * share;
      const middle = box.y + box.height / 2;
      await page.mouse.move(at(0.9), middle);
      await page.mouse.down();
      await page.mouse.move(at(0.4), middle, { steps: 5 });
      await page.mouse.up();
      await dashboard.shows("1:40 long");
      await page.touchscreen.touchStart(at(0.75), middle);
      for (const share of [0.6, 0.4, 0.35]) await page.touchscreen.touchMove(at(share), middle);
      await page.touchscreen.touchEnd();
      await dashboard.shows("1:20 long");
      expect(await barriersOf(page)).toEqual([]);
      await dashboard.press("Download", "form.paste");
      expect((await newest()).request.clip).toMatchObject({ startSeconds: 70, endSeconds: 150 });
    },
    testMs,
  );

  test(
    "a part is a chapter that the source names",
    async () => {
      const dashboard = await probed(film, "A film");
      await dashboard.press("2 chapters");
      await dashboard.press("1:40 Two", ".chapters");
      await dashboard.press("Download", "form.paste");
      const { clip } = (await newest()).request;
      expect(clip).toMatchObject({ startSeconds: 100 });
    },
    testMs,
  );

  test(
    "more of a list is shown, and downloaded with what was chosen before",
    async () => {
      const { service } = suite;
      service.intercept = async (request, next) => {
        if (!request.url.endsWith("/probe")) return next();
        const { cursor } = (await request.clone().json()) as { cursor?: string };
        return cursor === undefined ? next() : Response.json(pageOf(["aFilm000003"], null));
      };
      const dashboard = await probed(list, "2 of 2 chosen");
      await dashboard.press("Show more", ".playlist");
      await dashboard.shows("3 of 3 chosen");
      await dashboard.press("Download 3");
      await service.expand();
      await eventually(async () => (await service.jobs()).length === 3);
    },
    testMs,
  );

  test(
    "a subscription looks as often as it is told, shows its next times, and goes after a question",
    async () => {
      const dashboard = await suite.open("/app/subscriptions");
      const { page } = dashboard;
      await dashboard.shows("No subscriptions yet");
      await dashboard.press("New subscription");
      await dashboard.type(list, 'input[name="url"]');
      await dashboard.type("Films", 'input[name="name"]');
      await page.select("form select", "weekly");
      await page.waitForSelector('select[name="day"]');
      await page.select('select[name="day"]', "5");
      await dashboard.press("Subscribe", "form");
      await dashboard.shows("Next: ");
      const schedules = () => read<{ data: { name: string; cron: string; upcoming: string[] }[] }>("/schedules");
      const [made] = (await schedules()).data;
      expect(made).toMatchObject({ name: "Films", cron: "0 6 * * 5" });
      await page.click(".cards details summary");
      expect(await page.$$(".cards details li")).toHaveLength((made?.upcoming.length ?? 0) - 1);
      await dashboard.press("Delete", ".cards");
      await dashboard.shows("Delete the subscription Films?");
      await dashboard.press("Delete", ".question");
      await eventually(async () => (await schedules()).data.length === 0);
      await dashboard.shows("No subscriptions yet");
    },
    testMs,
  );

  test(
    "a collection is one card with its totals, and goes with its downloads after a question",
    async () => {
      const { service } = suite;
      const response = await fetch(`${service.url}/api/v1/batches`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ urls: [film, "https://www.youtube.com/watch?v=aFilm000002"] }),
      });
      expect(response.status).toBe(202);
      await service.expand();
      const dashboard = await suite.open("/app/collections");
      await dashboard.shows("0 done, 0 failed, 2 to go");
      await dashboard.press("Delete", ".cards");
      await dashboard.press("Delete", ".question");
      await dashboard.shows("No lists yet");
      await eventually(async () => (await read<{ data: unknown[] }>("/batches")).data.length === 0);
    },
    testMs,
  );

  test(
    "a job that waits for another try says why and until when, and its details have its id to copy",
    async () => {
      const { service } = suite;
      const { id: jobId, attempt } = await service.seed({ state: "running", title: "Cut off" });
      await service.deps.database.attempts.requeue(
        { jobId, attempt },
        {
          error: { code: "network_error", detail: "The line was cut.", hint: "", retryable: true },
          ...{ delayMs: 3_600_000, countsAsFailure: true },
        },
      );
      const dashboard = await suite.open(`/app/downloads/${jobId}`);
      await dashboard.shows("The line was cut.");
      const { page } = dashboard;
      await page.waitForSelector(`dialog .copy[title="${jobId}"]`);
      expect(await page.$eval(".job .state", ({ textContent }) => textContent)).toMatch(/until .* The line was cut\./);
      expect(await page.title()).toBe("Downloads · Vidferry");
    },
    testMs,
  );

  test(
    "the account shows what may be used and has been, and the webhooks, without a barrier",
    async () => {
      const service = await suite.serve({ auth: "keys" });
      const scopes = ["downloads:read", "downloads:write", "files:read", "webhooks"];
      const { secret } = await service.key({ owner: "ada", name: "Phone", scopes } as never);
      await service.deps.database.accounts.limit("ada", { runningJobs: 4 } as never);
      const dashboard = await suite.open(service.url);
      const { page } = dashboard;
      await page.waitForSelector('input[name="key"]');
      await dashboard.type(secret, 'input[name="key"]');
      await page.keyboard.press("Enter");
      await dashboard.press("Account");
      await dashboard.shows("Jobs that run at once");
      await dashboard.shows("No webhooks yet");
      await dashboard.hides("Operation");
      expect(await page.$eval("tbody tr", ({ textContent }) => textContent)).toContain("04");
      expect(await barriersAllRound(page)).toEqual([]);
      dashboard.forgive(/401/);
    },
    testMs,
  );
});

const filmProbe: Probe = {
  kind: "video",
  media: {
    ...{ extractor: "youtube", id: "aFilm000001", title: "A film", channel: "Films", durationSeconds: 200 },
    ...{ webpageUrl: film, thumbnailUrl: null, uploadedAt: null, isLive: false },
    chapters: [
      { title: "One", startSeconds: 0, endSeconds: 100 },
      { title: "Two", startSeconds: 100, endSeconds: 200 },
    ],
  },
  ...{ formats: [], subtitles: [], listUrl: null },
};

/** A page of a list of videos. */
function pageOf(ids: readonly string[], nextCursor: string | null): Probe {
  return {
    ...{ kind: "playlist", id: "PLofFilms", title: "Films", channel: null, webpageUrl: list, count: 3, nextCursor },
    entries: ids.map((id) => ({
      ...{ kind: "video", id, url: `https://www.youtube.com/watch?v=${id}`, title: `Film ${id}` },
      ...{ durationSeconds: 100, uploadedAt: null, unavailable: null },
    })),
  };
}
