import { join } from "node:path";
import { eventually, findBrowser, playabilities, type SampleVideo } from "@vidferry/testing";
import { setScene } from "../scene.ts";
import { startService } from "../service.ts";
import { type DashboardPage, startBrowser } from "./dashboard-page.ts";

/** Takes a picture of each view into a folder: `main.ts FOLDER`. */
const [folder = "docs/images"] = process.argv.slice(2);
const chromium = findBrowser();
if (chromium === undefined) throw new Error("Chromium is not installed; the pictures are taken with it.");

const mebibyte = 1_048_576;
const videos: readonly SampleVideo[] = [
  { id: "ferryFilm01", title: "Crossing the fjord by night", itags: [18, 137, 140] },
  { id: "ferryFilm02", title: "Harbour sounds, one hour", itags: [18, 140] },
  { id: "ferryFilm03", title: "How locks work", itags: [18] },
  { id: "ferryFilm04", title: "Members only", playability: playabilities.private },
  {
    ...{ id: "ferryFilm05", title: "The last steamer", itags: [18], mediaBytes: 80 * mebibyte },
    mediaFaults: { bytesPerSecond: mebibyte / 4 },
  },
];

await using scene = await setScene({ catalogue: { videos: [...videos] } });
await using service = await startService(scene, {}, { deadlineMs: 600_000 });
await using browser = await startBrowser(chromium);

const link = (id: string): string => scene.youtube.url(id);
await service.run({ url: link("ferryFilm03"), output: { type: "transcript" } });
await service.run({ url: link("ferryFilm02"), output: { type: "audio", format: "mp3" } });
await service.run({ url: link("ferryFilm04") });
const done = await service.run({ url: link("ferryFilm01"), subtitles: { formats: ["vtt"] } });
await service.post("/batches", { urls: [link("ferryFilm01"), link("ferryFilm03")], labels: { tour: "north" } });
await service.post("/schedules", {
  ...{ name: "Ferries of the week", cron: "0 6 * * 1", timeZone: "Europe/Oslo", onlyNew: true },
  batch: { source: { url: "https://www.youtube.com/playlist?list=PLferries" } },
});
await service.post("/webhooks", { url: "https://archive.example.com/ferries", description: "Files it away" });
const succeeded = async (): Promise<number> => {
  const answer = await fetch(`${service.url}/api/v1/downloads/counts`);
  return ((await answer.json()) as { states: { succeeded: number } }).states.succeeded;
};
await eventually(async () => (await succeeded()) >= 5, { timeoutMs: 300_000, message: "the downloads of the batch" });
// It runs while all pictures are taken.
await service.submit({ url: link("ferryFilm05") });

async function shoot(name: string, path: string, over: Partial<ShotOptions> = {}): Promise<void> {
  const { width = 1_100, height = 720, theme = "light", wait = "main h1" } = over;
  await using dashboard = await browser.open(service.url);
  const { page } = dashboard;
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await page.goto(new URL(path, service.url).href);
  await page.waitForSelector(wait);
  await dashboard.hides("Loading …");
  await over.prepare?.(dashboard);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(`${name}.png`);
}

interface ShotOptions {
  readonly width: number;
  readonly height: number;
  readonly theme: "light" | "dark";
  readonly wait: string;
  prepare(dashboard: DashboardPage): Promise<void>;
}

const isRunning = ".job.running progress[value]";
await shoot("dashboard", "/", {
  wait: isRunning,
  prepare: async ({ page, type }) => {
    await type(link("ferryFilm01"), "textarea");
    await page.waitForSelector(".probe h2");
    await eventually(async () => (await page.$eval(".count", ({ textContent }) => textContent)) !== "");
  },
});
await shoot("dashboard-dark", "/", { wait: isRunning, theme: "dark" });
await shoot("dashboard-phone", "/", { wait: isRunning, width: 390, height: 780 });
await shoot("dashboard-details", `/app/downloads/${done.id}`, { wait: "dialog video" });
await shoot("dashboard-clip", "/", {
  wait: isRunning,
  prepare: async (dashboard) => {
    const { page } = dashboard;
    await dashboard.type(link("ferryFilm01"), "textarea");
    await dashboard.press("Only a part");
    await page.waitForSelector(".timeline");
    const { x, y, width, height } = await page.$eval(".timeline", (node) => {
      const { x, y, width, height } = node.getBoundingClientRect();
      return { x, y, width, height };
    });
    await page.mouse.move(x + width * 0.3, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.7, y + height / 2, { steps: 4 });
    await page.mouse.up();
  },
});
await shoot("dashboard-select", "/", {
  wait: isRunning,
  prepare: async (dashboard) => {
    await dashboard.press("Select");
    await dashboard.page.waitForSelector(".pick input");
    for (const box of (await dashboard.page.$$(".pick input")).slice(1, 4)) await box.click();
  },
});
await shoot("dashboard-collections", "/app/collections", { wait: ".cards", height: 420 });
await shoot("dashboard-subscriptions", "/app/subscriptions", { wait: ".cards", height: 420 });
await shoot("dashboard-operator", "/app/operator", { wait: ".chart canvas", height: 1_150 });
for (const view of ["trouble", "workers", "engines", "egresses", "storage", "webhooks", "audit"]) {
  await shoot(`dashboard-${view}`, `/app/operator/${view}`, { wait: "main :is(.card, tbody tr)", height: 460 });
}
await shoot("dashboard-accounts", "/app/operator/accounts", {
  prepare: async (dashboard) => {
    await dashboard.press("local");
    await dashboard.page.waitForSelector("tbody tr");
  },
});
