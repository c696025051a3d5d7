import { beforeEach, expect, test } from "bun:test";
import type { Job } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import type { Page } from "puppeteer-core";
import { describeInBrowser } from "./browser-suite.ts";
import { type DashboardPage, failedRequests } from "./dashboard-page.ts";
import type { MemoryService } from "./memory-service.ts";
import { filmLink as film, listLink as list, listedLinks as others, sampleProbes } from "./sample-probes.ts";

const testMs = 120_000;

const offer = async (service: MemoryService): Promise<void> => {
  for (const [link, probe] of sampleProbes) service.probes.set(link, probe);
};

describeInBrowser("links that are given to the page", { share: offer }, (suite) => {
  let dashboard: DashboardPage;
  let before: string;

  beforeEach(async () => {
    before = (await suite.service.jobs())[0]?.id ?? "";
    dashboard = await suite.open();
    await dashboard.focuses("textarea");
  });

  const fieldHas = async (text: string): Promise<void> => {
    await dashboard.until((wanted) => document.querySelector("textarea")?.value === wanted, text);
  };
  /** The jobs that were made in this test, when there are so many; oldest first. */
  const made = (count: number): Promise<Job[]> =>
    eventually(async () => {
      const all = (await suite.service.jobs()).filter(({ id }) => id > before).reverse();
      return all.length === count ? all : null;
    });

  test(
    "a link that is pasted anywhere on the page is looked up, and downloaded without waiting for that",
    async () => {
      const { page } = dashboard;
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      await paste(page, film);
      await fieldHas(film);
      for (const part of ["A film", "2 chapters", "Subtitles in 2 languages", "1080p about"]) {
        await dashboard.shows(part);
      }
      await paste(page, "no link at all");
      await dashboard.shows("There is no link in this text.");
      await fieldHas(film);
      await page.keyboard.press("Enter");
      const [job] = await made(1);
      expect(job?.request).toMatchObject({ url: film, output: { type: "video", quality: "1080p", container: "mp4" } });
      await fieldHas("");
      await page.waitForSelector(`.job a[href$="${job?.id}"]`);
    },
    testMs,
  );

  test(
    "links that are dropped are one batch, each of them once",
    async () => {
      const { service } = suite;
      const { page } = dashboard;
      // A browser that is busy loses a step of so fast a hand.
      await eventually(async () => {
        await drop(page, [film, ...others, film].join("\n"));
        return (await page.$eval("textarea", (field) => (field as HTMLTextAreaElement).value)) !== "";
      });
      await dashboard.shows("3 links");
      await dashboard.press("Download", "form.paste");
      await service.expand();
      const jobs = await made(3);
      expect(jobs.map(({ request }) => request.url).sort()).toEqual([film, ...others].sort());
      expect(new Set(jobs.map(({ batchId }) => batchId)).size).toBe(1);
      await dashboard.press("Collections", "header");
      await dashboard.shows("0 done, 0 failed, 3 to go");
      await dashboard.press("Show its downloads");
      await dashboard.until(() => document.querySelectorAll(".job").length === 3);
    },
    testMs,
  );

  test(
    "the share sheet of a phone hands a link over as the manifest says, once",
    async () => {
      const { page } = dashboard;
      const address = await page.$eval('link[rel="manifest"]', (link) => (link as HTMLLinkElement).href);
      const manifest = (await (await fetch(address)).json()) as {
        share_target: { action: string; method: string; params: Record<"title" | "text" | "url", string> };
        start_url: string;
      };
      const { action, method, params } = manifest.share_target;
      expect(method).toBe("GET");
      const target = new URL(action, address);
      // As Android's browsers do: the link comes as a text.
      target.searchParams.set(params.title, "A film");
      target.searchParams.set(params.text, `Look at this: ${film}!`);
      await page.goto(target.href);
      await fieldHas(film);
      await dashboard.shows("A film");
      await page.reload();
      await fieldHas("");
      expect((await fetch(new URL(manifest.start_url, address), { headers: { accept: "text/html" } })).status).toBe(
        200,
      );
    },
    testMs,
  );

  test(
    "of a list those are downloaded that are chosen, and what cannot be had is not offered",
    async () => {
      const { service } = suite;
      const { page } = dashboard;
      await dashboard.type(list);
      await dashboard.shows("5 entries");
      await dashboard.shows("2 of 2 chosen");
      const boxes = await page.$$eval(".entries input", (all) => all.map((one) => (one as HTMLInputElement).disabled));
      expect(boxes).toEqual([false, true, false]);
      await dashboard.press("None");
      await dashboard.shows("0 of 2 chosen");
      await page.click(".entries li:nth-child(3) label");
      await dashboard.press("Download one");
      await service.expand();
      const [job] = await made(1);
      expect(job?.request.url).toBe(others[1] ?? "");
      expect(job?.batchId).toMatch(/^bat_/);
    },
    testMs,
  );

  test(
    "all of a list is downloaded, also what was not shown",
    async () => {
      const { service } = suite;
      await dashboard.type(list);
      await dashboard.press("The whole list, also what is not shown");
      const batches = await eventually(async () => {
        const { data } = (await (await fetch(`${service.url}/api/v1/batches`)).json()) as {
          data: { source: { url: string } | null }[];
        };
        return data.filter(({ source }) => source?.url === list).length === 1 ? data : null;
      });
      expect(batches.length).toBeGreaterThan(0);
    },
    testMs,
  );

  test(
    "a part is chosen by dragging its ends along the timeline, and by typing its times",
    async () => {
      const { page } = dashboard;
      await dashboard.type(film);
      await dashboard.press("Only a part");
      await drag(page, "Beginning of the part", 0.25);
      await drag(page, "End of the part", 0.75);
      const times = await page.$$eval("input.time", (all) => all.map((one) => (one as HTMLInputElement).value));
      await page.click('.clip input[type="checkbox"]');
      await dashboard.press("Download", "form.paste");
      const [dragged] = await made(1);
      const seconds = expect.any(Number) as number;
      expect(dragged?.request.clip).toEqual({ startSeconds: seconds, endSeconds: seconds, exact: true });
      // To where the pointer let go; a handle is some pixels wide.
      const ends = Object.values(dragged?.request.clip ?? {}).map((value) => Math.round(Number(value) / 12.5));
      expect(ends.slice(0, 2).sort((a, b) => a - b)).toEqual([4, 12]);
      expect(times.map((time) => time.split(":").length)).toEqual([2, 2]);

      await dashboard.focuses("textarea");
      await dashboard.type(film);
      await dashboard.press("Only a part");
      const [start, end] = await page.$$("input.time");
      await start?.click({ count: 3 });
      await dashboard.type("0:10\t");
      await end?.click({ count: 3 });
      await dashboard.type("1:05\t");
      await dashboard.press("Download", "form.paste");
      expect((await made(2))[1]?.request.clip).toMatchObject({ startSeconds: 10, endSeconds: 65 });
    },
    testMs,
  );

  test(
    "what was chosen last, and presets of one's own, are there the next time",
    async () => {
      const { page } = dashboard;
      await page.click('.options input[value="audio"]');
      await page.select(".options label:not(.choice) select", "mp3");
      await dashboard.press("More", ".options");
      await dashboard.type("Radio", 'input[aria-label="Name of the preset"]');
      await dashboard.press("Save as a preset");
      await page.click('.options input[value="text"]');
      await page.reload();
      await page.waitForSelector(".options input:checked");
      expect(await page.$eval(".options input:checked", (one) => (one as HTMLInputElement).value)).toBe("text");
      await dashboard.press("More", ".options");
      await dashboard.press("Radio", ".options");
      await page.focus("textarea");
      await dashboard.type(`${film}\n`);
      const [job] = await made(1);
      expect(job?.request.output).toMatchObject({ type: "audio", format: "mp3" });
    },
    testMs,
  );

  test(
    "a link that cannot be looked up says why, and one that no service takes keeps what was typed",
    async () => {
      const { page } = dashboard;
      await dashboard.type("https://www.youtube.com/watch?v=notThere001");
      await dashboard.shows("The video is not there.");
      await page.focus("textarea");
      await page.keyboard.down("Control");
      await page.keyboard.press("a");
      await page.keyboard.up("Control");
      await dashboard.type("http://127.0.0.1/inside\n");
      await page.waitForSelector(".notice.error");
      await fieldHas("http://127.0.0.1/inside");
      dashboard.forgive(failedRequests);
    },
    testMs,
  );
});

/** As a person's own paste would be: the page gets the event where the focus is. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((given) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", given);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** Drags links from elsewhere into the page. */
async function drop(page: Page, text: string): Promise<void> {
  const session = await page.createCDPSession();
  const items = ["text/uri-list", "text/plain"].map((mimeType) => ({ mimeType, data: text }));
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 300, y: 400, data: { items, dragOperationsMask: 1 } });
  }
  await session.detach();
}

/** Drags a handle of the timeline to a share of its length, with the mouse. */
async function drag(page: Page, handle: string, share: number): Promise<void> {
  const { x, y, width, height, at } = await page.$eval(`input[aria-label="${handle}"]`, (node) => {
    node.scrollIntoView({ block: "center" });
    const range = node as HTMLInputElement;
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y, width, height, at: Number(range.value) / Number(range.max) };
  });
  const thumb = 16;
  const place = (part: number): number => x + thumb / 2 + (width - thumb) * part;
  await page.mouse.move(place(at), y + height / 2);
  await page.mouse.down();
  await page.mouse.move(place(share), y + height / 2, { steps: 4 });
  await page.mouse.up();
}
