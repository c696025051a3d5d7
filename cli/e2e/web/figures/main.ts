import { loadavg } from "node:os";
import { findBrowser } from "@vidferry/testing";
import { startBrowser } from "../dashboard-page.ts";
import { measureLoad, measureScroll, measureUpdates } from "./measure.ts";

/** Prints how the dashboard performs in Chromium: `main.ts [ROWS]`. */
const rows = Number(process.argv[2] ?? 10_000);
const chromium = findBrowser();
if (chromium === undefined) throw new Error("Chromium is not installed; the figures are its own.");
if (!Number.isInteger(rows) || rows < 100) throw new Error("ROWS is a number of jobs from 100 on.");

await using browser = await startBrowser(chromium);
const line = (name: string, value: string): void => console.log(`${name.padEnd(44)}${value.padStart(14)}`);
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

const load = await measureLoad(browser, 100);
line("first contentful paint", ms(load.firstContentfulPaintMs));
line("largest contentful paint", ms(load.largestContentfulPaintMs));
line("total blocking time", ms(load.totalBlockingMs));
line("cumulative layout shift", load.layoutShift.toFixed(3));
line("page, scripts and styles, compressed", `${(load.codeBytes / 1_000).toFixed(1)} kB`);
line("requests", String(load.requests));
const scroll = await measureScroll(browser, rows);
line(`frames while ${scroll.rows} jobs are scrolled through`, String(scroll.frames));
line("from one frame to the next, median", ms(scroll.medianFrameMs));
line("95 of 100 frames within", ms(scroll.p95FrameMs));
line("elements in the page, at most", String(scroll.mostNodes));
const update = await measureUpdates(browser, 100, 20);
line(`main thread for an update, ${update.running} running`, ms(update.taskMsEach));
line(`changes elsewhere in ${update.updates} updates`, String(update.strayChanges));
console.log(`load ${loadavg()[0]?.toFixed(0)}`);
