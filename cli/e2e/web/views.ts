import type { Page } from "puppeteer-core";

/** The addresses of every view, as the page itself leads to them: those of its header, and of the operator's tabs. */
export async function viewsOf(page: Page, url: string): Promise<string[]> {
  await page.waitForSelector("header nav a");
  const links = (selector: string): Promise<string[]> =>
    page.$$eval(selector, (all) => all.map((one) => (one as HTMLAnchorElement).href));
  const inHeader = await links("header nav a:not([target])");
  const operator = inHeader.find((address) => address.includes("/operator")) ?? url;
  await page.goto(operator);
  await page.waitForSelector("nav.tabs a");
  return [...inHeader.filter((address) => address !== operator), ...(await links("nav.tabs a"))];
}
