import type { DashboardPage } from "./dashboard-page.ts";

/**
 * Goes through every view as the page itself leads to them: by the links of its header, then by the operator's tabs. Gives the
 * path of each once it is there.
 */
export async function* throughViews({ page, until, hides }: DashboardPage): AsyncGenerator<string> {
  const header = "header nav a:not([target])";
  const tabs = "nav.tabs a";
  await page.waitForSelector(header);
  const pathsOf = (selector: string): Promise<string[]> =>
    page.$$eval(selector, (all) => all.map((one) => one.getAttribute("href") ?? ""));
  const follow = async (path: string): Promise<void> => {
    await page.$eval(`:is(${header}, ${tabs})[href="${path}"]`, (link) => (link as HTMLAnchorElement).click());
    await until((wanted) => location.pathname === wanted && document.querySelector("h1") !== null, path);
    await hides("Loading …");
  };
  const ofHeader = await pathsOf(header);
  const operator = ofHeader.find((path) => path.includes("/operator"));
  for (const path of ofHeader) {
    if (path === operator) continue;
    await follow(path);
    yield path;
  }
  if (operator === undefined) return;
  await follow(operator);
  await page.waitForSelector(tabs);
  for (const path of await pathsOf(tabs)) {
    await follow(path);
    yield path;
  }
}
