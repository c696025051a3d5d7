import { eventually } from "@vidferry/testing";
import axe from "axe-core";
import puppeteer, { type Browser, type Page } from "puppeteer-core";

/** A browser for several pages. */
export interface TestBrowser extends AsyncDisposable {
  open(url: string): Promise<DashboardPage>;
}

/** A page of the dashboard, and what went wrong in it. */
export interface DashboardPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the console, exceptions, and what the policy forbade; none is expected. */
  readonly faults: readonly string[];
  /** Waits until the page shows a text. */
  shows(text: string): Promise<void>;
  /** Waits until it does not. */
  hides(text: string): Promise<void>;
  /** What is against WCAG 2.2 AA in what is shown now. */
  barriers(): Promise<string[]>;
}

const patienceMs = 60_000;
/** Pictures of videos are at the source's own server, which a test does not have. */
const isPicture = (text: string): boolean => text.includes("i.ytimg.com") || text.includes("ERR_NAME_NOT_RESOLVED");

/** @param hosts host names that lead to this machine, as if DNS said so */
export async function startBrowser(program: string, hosts: readonly string[] = []): Promise<TestBrowser> {
  const browser = await puppeteer.launch({
    executablePath: program,
    headless: true,
    args: [
      // Its sandbox needs rights that containers do not give.
      ...["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
      ...["--disable-background-networking", "--disable-component-update"],
      `--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(", ")}`,
    ],
  });
  return {
    open: (url) => openPage(browser, url),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function openPage(browser: Browser, url: string): Promise<DashboardPage> {
  // Each with cookies and storage of its own.
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const faults: string[] = [];
  page.on("pageerror", (error) => void faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const text = `${message.text()} ${message.location().url ?? ""}`;
    if (!isPicture(text)) faults.push(text);
  });
  await page.evaluateOnNewDocument(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      console.error(`policy: ${violatedDirective} ${blockedURI}`);
    });
  });
  await page.goto(url);
  // biome-ignore lint/performance/useDomNodeTextContent: what is hidden does not count
  const text = (): Promise<string> => page.evaluate(() => document.body.innerText).catch(() => "");
  return {
    page,
    faults,
    shows: async (wanted) => {
      await eventually(async () => (await text()).includes(wanted), { timeoutMs: patienceMs }).catch(async () => {
        throw new Error(`the page does not show ${JSON.stringify(wanted)}: ${await text()}`);
      });
    },
    hides: async (unwanted) => {
      await eventually(async () => !(await text()).includes(unwanted), { timeoutMs: patienceMs, message: unwanted });
    },
    barriers: async () => {
      // Through the debugger, since the page's policy lets no script of others in.
      const session = await page.createCDPSession();
      await session.send("Runtime.evaluate", { expression: axe.source });
      const rules = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
      const { result } = await session.send("Runtime.evaluate", {
        expression: `axe.run(document, ${JSON.stringify(rules)}).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html.slice(0, 160) + " " + failureSummary).join(" | "))))`,
        awaitPromise: true,
        returnByValue: true,
      });
      await session.detach();
      return JSON.parse(String(result.value)) as string[];
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}
