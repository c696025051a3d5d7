import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";

/** What is against WCAG 2.2 AA and the best practices of axe. */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What a theme can break, besides what another theme has been looked at for. */
const rulesOfColours = ["color-contrast", "link-in-text-block"];

let source: Promise<string> | undefined;

/** What is wrong in what is shown, as it is shown now. */
export const barriersOf = (page: Page): Promise<string[]> => run(page, tags);

/** What is wrong in what is shown: all of it on a phone in the light theme, then the colours of the dark one, with room. */
export async function barriersAllRound(page: Page): Promise<string[]> {
  await show(page, "light", 320);
  await page.$$eval("main details, dialog details", (all) => {
    for (const one of all) (one as HTMLDetailsElement).open = true;
  });
  const found = await run(page, tags);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 0) found.push(`${over} px too wide`);
  await show(page, "dark", 1_100);
  found.push(...(await run(page, { type: "rule", values: rulesOfColours })).map((barrier) => `dark: ${barrier}`));
  return found;
}

async function show(page: Page, theme: "light" | "dark", width: number): Promise<void> {
  await page.setViewport({ width, height: 800 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
}

async function run(page: Page, runOnly: unknown): Promise<string[]> {
  source ??= readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  // Through the debugger, since the page's policy lets no script of others in.
  const session = await page.createCDPSession();
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    return result.value;
  };
  // It stays for as long as the document does, and is large.
  if ((await evaluate("typeof axe")) === "undefined") await evaluate(`${await source};0`);
  // What is well is not gathered, which takes as long as looking.
  const options = JSON.stringify({ runOnly, resultTypes: ["violations"] });
  const found = await evaluate(
    `axe.run(document, ${options}).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html.slice(0, 160) + " " + failureSummary).join(" | "))))`,
  );
  await session.detach();
  return JSON.parse(String(found)) as string[];
}
