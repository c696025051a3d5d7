import { expect, test } from "bun:test";
import { describeInBrowser } from "../web/browser-suite.ts";

const testMs = 240_000;
/** Of the operation that is tried. */
const path = "/api/v1/downloads/counts";

interface OpenApi {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, { readonly get?: object }>>;
  readonly components: { readonly securitySchemes: object };
}

describeInBrowser("the documentation's own client", { service: { auth: "keys" } }, (suite) => {
  test(
    "takes a key as a bearer token and as X-API-Key, and gets an answer with each",
    async () => {
      const { service } = suite;
      const { secret } = await service.key({ name: "docs", scopes: ["admin"] });
      // All else of the document takes a browser half a minute to draw.
      service.intercept = async (request, next) => {
        const answer = await next();
        if (!request.url.endsWith("/openapi.json")) return answer;
        const { openapi, info, paths, components } = (await answer.json()) as OpenApi;
        const get = { ...paths[path]?.get, responses: { 200: { description: "Counts." } } };
        const { securitySchemes } = components;
        return Response.json({ openapi, info, paths: { [path]: { get } }, components: { securitySchemes } });
      };
      const { page } = await suite.open("/docs");
      const answers: string[] = [];
      for (const field of [0, 1]) answers.push(await page.evaluate(tryOut, field, secret));
      expect(answers).toEqual([expect.stringMatching(/^200/), expect.stringMatching(/^200/)]);
    },
    testMs,
  );
});

/**
 * Runs in the page, and does there what a person does: opens the dialog, types the key into one of its fields, tries an
 * operation, and logs out. Gives the status of the answer.
 */
async function tryOut(field: number, key: string): Promise<string> {
  const wait = <T>(find: () => T | null | undefined | false | ""): Promise<T> =>
    new Promise((done) => {
      const look = (): void => {
        const found = find();
        if (found) done(found);
        else setTimeout(look, 50);
      };
      look();
    });
  const one = (selector: string, within: ParentNode = document): Promise<HTMLElement> =>
    wait(() => within.querySelector<HTMLElement>(selector));
  const dialog = async (): Promise<Element> => {
    (await one(".btn.authorize")).click();
    return wait(() => document.querySelectorAll(".auth-container")[field]);
  };
  const container = await dialog();
  const input = await one("input", container);
  // As React is told of it.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, key);
  for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
  (await one("button.authorize", container)).click();
  (await one(".btn-done")).click();
  const operation = await one("#operations-downloads-countDownloads");
  if (operation.querySelector(".execute") === null) {
    (await one("button", operation)).click();
    (await one(".try-out__btn", operation)).click();
  }
  operation.querySelector<HTMLElement>(".btn-clear")?.click();
  await wait(() => operation.querySelector(".live-responses-table") === null);
  (await one(".execute", operation)).click();
  const answered = ".live-responses-table tbody .response-col_status";
  const status = await wait(() => operation.querySelector(answered)?.textContent);
  const opened = await dialog();
  const buttons = (): HTMLButtonElement[] => [...opened.querySelectorAll("button")];
  (await wait(() => buttons().find(({ textContent }) => textContent === "Logout"))).click();
  (await one(".btn-done")).click();
  return status;
}
