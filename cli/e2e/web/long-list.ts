import { eventually } from "@vidferry/testing";
import type { Page } from "puppeteer-core";

/** What was seen of a list that was scrolled through. */
export interface SeenList {
  /** Of each row, in the order of the list. */
  readonly ids: readonly string[];
  /** Elements in the whole page while it was scrolled. */
  readonly mostNodes: number;
  readonly fewestNodes: number;
}

/** Scrolls from the first to the last of so many rows, a screen at a time. */
export async function scrollThrough(page: Page, count: number): Promise<SeenList> {
  const ids: string[] = [];
  let [mostNodes, fewestNodes] = [0, Number.POSITIVE_INFINITY];
  await page.waitForSelector(".job");
  await eventually(
    async () => {
      const seen = await page.evaluate(async () => {
        const rows = [...document.querySelectorAll(".job")].map((row) => ({
          place: Number(row.getAttribute("aria-posinset")),
          id: row.querySelector("a.title")?.getAttribute("href")?.split("/").at(-1) ?? "",
        }));
        const nodes = document.getElementsByTagName("*").length;
        scrollBy(0, innerHeight);
        await new Promise(requestAnimationFrame);
        return { rows, nodes };
      });
      for (const { place, id } of seen.rows) ids[place - 1] = id;
      mostNodes = Math.max(mostNodes, seen.nodes);
      fewestNodes = Math.min(fewestNodes, seen.nodes);
      return ids.length >= count;
    },
    { timeoutMs: 120_000, intervalMs: 1, message: `row ${count}` },
  );
  return { ids, mostNodes, fewestNodes };
}
