import puppeteer, { type Browser, type ElementHandle, type Page } from "puppeteer-core";

/** What is done to a page before it goes anywhere. */
export type PreparePage = (page: Page) => Promise<unknown>;

/** A browser for several pages. */
export interface TestBrowser extends AsyncDisposable {
  open(url: string, prepare?: PreparePage): Promise<DashboardPage>;
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
  /** Clicks the button, link, tab or summary of this name, when it is there, within what a selector says. */
  press(name: string, within?: string): Promise<void>;
  /**
   * Enters a text where the focus is, or in a field; a line break is a key.
   * @param field a selector of it
   */
  type(text: string, field?: string): Promise<void>;
  /** Waits until a function says yes that runs in the page. */
  until<Given extends unknown[]>(look: (...given: Given) => unknown, ...given: Given): Promise<void>;
  /** Waits until a field has the focus: the page listens then. */
  focuses(selector: string): Promise<void>;
  /** Faults that a test brings about are none: those that are so far and match. */
  forgive(expected: RegExp): void;
}

/** What a browser itself says of answers that are errors, and of a service that is away. */
export const failedRequests = /Failed to load resource|net::ERR_/;

/** How long a page may take for what is waited for, and the browser for an answer. Less than a test may, whose failure then says for what. */
const patienceMs = 60_000;
/** How often a page is asked. At each frame, as is usual, would be more work than what it shows. */
const polling = 50;
/** Pictures of videos are at the source's own server, which a test does not have. */
const isPicture = (text: string): boolean => text.includes("i.ytimg.com") || text.includes("ERR_NAME_NOT_RESOLVED");

/** @param hosts host names that lead to this machine, as if DNS said so */
export async function startBrowser(program: string, hosts: readonly string[] = []): Promise<TestBrowser> {
  const browser = await puppeteer.launch({
    executablePath: program,
    protocolTimeout: patienceMs,
    headless: program.endsWith("headless-shell") ? "shell" : true,
    args: [
      // Its sandbox needs rights that containers do not give.
      ...["--no-sandbox", "--disable-gpu", "--in-process-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
      ...["--disable-background-networking", "--disable-component-update", "--force-prefers-reduced-motion"],
      // Else it leaves a folder for the sound of a video.
      "--disable-audio-output",
      `--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(", ")}`,
    ],
  });
  return {
    open: (url, prepare) => openPage(browser, url, prepare),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** Runs in the page. */
function buttonOf(name: string, within: string): HTMLElement | undefined {
  const all = document.querySelectorAll<HTMLElement>(`:is(${within}) :is(button, a, summary, label)`);
  return [...all].find((one) => {
    const own = one.getAttribute("aria-label") ?? one.textContent?.trim();
    return own === name && one.checkVisibility() && !one.matches(":disabled");
  });
}

/**
 * Runs in the page: clicks what a person could click there. A click of the browser's own mouse would first wait for pictures of the page,
 * which a busy browser may owe for long.
 */
function click(found: HTMLElement): void {
  found.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = found.getBoundingClientRect();
  const top = document.elementFromPoint(x + width / 2, y + height / 2);
  if (!found.contains(top)) throw new Error(`${found.outerHTML} is covered by ${top?.outerHTML}`);
  found.focus();
  found.click();
}

/** Runs in the page. */
function hasText(wanted: string, isWanted: boolean): boolean {
  // biome-ignore lint/performance/useDomNodeTextContent: what is hidden does not count
  return document.body?.innerText.includes(wanted) === isWanted;
}

async function openPage(browser: Browser, url: string, prepare?: PreparePage): Promise<DashboardPage> {
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
  await prepare?.(page);
  await page.goto(url);
  // biome-ignore lint/performance/useDomNodeTextContent: what is hidden does not count
  const text = (): Promise<string> => page.evaluate(() => document.body.innerText).catch(() => "");
  const until = async <Given extends unknown[]>(look: (...given: Given) => unknown, ...given: Given): Promise<void> => {
    await page.waitForFunction(look as (...given: unknown[]) => unknown, { polling }, ...given);
  };
  return {
    page,
    faults,
    shows: async (wanted) => {
      await until(hasText, wanted, true).catch(async () => {
        throw new Error(`the page does not show ${JSON.stringify(wanted)}: ${await text()}`);
      });
    },
    hides: async (unwanted) => {
      await until(hasText, unwanted, false).catch(async () => {
        throw new Error(`${page.url()} still shows ${JSON.stringify(unwanted)}: ${await text()}`);
      });
    },
    press: async (name, within = "body") => {
      const found = await page.waitForFunction(buttonOf, { polling }, name, within).catch(async () => {
        throw new Error(`the page has no ${JSON.stringify(name)} in ${within}: ${await text()}`);
      });
      await (found as ElementHandle<HTMLElement>).evaluate(click);
    },
    type: async (text, field) => {
      if (field !== undefined) await page.focus(field);
      for (const part of text.split(/(\n)/)) {
        if (part === "\n") await page.keyboard.press("Enter");
        // Each as one, as an input method does: of keys, each takes three answers of the browser.
        else if (part !== "") await page.keyboard.sendCharacter(part);
      }
    },
    until,
    focuses: async (selector) => {
      await until((wanted) => document.activeElement?.matches(wanted), selector).catch(async () => {
        const other = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
        throw new Error(`the focus is not on ${selector} but on ${other}`);
      });
    },
    forgive: (expected) => {
      faults.splice(0, Number.POSITIVE_INFINITY, ...faults.filter((fault) => !expected.test(fault)));
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}
