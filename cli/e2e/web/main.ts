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
    ...{ id: "ferryFilm05", title: "The last steamer", itags: [18], mediaBytes: 40 * mebibyte },
    mediaFaults: { bytesPerSecond: mebibyte },
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
  prepare: async ({ page }) => {
    await page.type("textarea", link("ferryFilm01"));
    await page.waitForSelector(".probe h2");
    await eventually(async () => (await page.$eval(".count", ({ textContent }) => textContent)) !== "");
  },
});
await shoot("dashboard-dark", "/", { wait: isRunning, theme: "dark" });
await shoot("dashboard-phone", "/", { wait: isRunning, width: 390, height: 780 });
await shoot("dashboard-details", `/app/downloads/${done.id}`, { wait: "dialog video" });
await shoot("dashboard-operator", "/app/operator", { wait: ".chart canvas" });
await shoot("dashboard-egresses", "/app/operator/egresses", { wait: "tbody tr", height: 420 });
