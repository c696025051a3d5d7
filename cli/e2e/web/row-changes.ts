import type { Page } from "puppeteer-core";

/** What was changed in a page since it was watched. */
export interface RowChanges {
  /** Ids of the jobs whose rows were changed, each once. */
  readonly rows: string[];
  /** Places outside of the rows, for people. */
  readonly elsewhere: readonly string[];
  /** Elements that came or went. */
  readonly elements: number;
}

/** Watches every change of the document from now on; gives a function that tells what was changed. */
export async function watchRows(page: Page): Promise<() => Promise<RowChanges>> {
  const watched = await page.evaluateHandle(() => {
    const rows = new Set<string>();
    const elsewhere: string[] = [];
    const count = { elements: 0 };
    const observer = new MutationObserver((records) => {
      for (const { target, type, addedNodes, removedNodes } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const row = element?.closest(".job");
        count.elements += [...addedNodes, ...removedNodes].filter((node) => node instanceof Element).length;
        if (row === null || row === undefined) elsewhere.push(`${type} of ${element?.outerHTML.slice(0, 100)}`);
        else rows.add(row.querySelector("a.title")?.getAttribute("href")?.split("/").at(-1) ?? "");
      }
    });
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    return { rows, elsewhere, count };
  });
  return () => watched.evaluate(({ rows, elsewhere, count }) => ({ rows: [...rows], elsewhere, ...count }));
}
