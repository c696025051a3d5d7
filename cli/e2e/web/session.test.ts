import { beforeEach, expect, test } from "bun:test";
import { onlyWhole } from "@vidferry/testing";
import { barriersOf } from "./barriers.ts";
import { describeInBrowser } from "./browser-suite.ts";
import { type DashboardPage, failedRequests } from "./dashboard-page.ts";

const testMs = 120_000;
const testWhole = onlyWhole(test);
const link = "https://www.youtube.com/watch?v=session0001";
const daySeconds = 86_400;
/** The empty list of who is signed in. */
const signedIn = "Paste a link above";
const hosts = ["app.example", "evil.app.example", "other.example"];

// From a host name that is not this machine's, over plain HTTP: the browser gives such pages less than those of localhost.
// The browser tells of each 401 and 403 by itself.
const options = { service: { auth: "keys" }, hosts, forgiven: failedRequests } as const;

describeInBrowser("who is signed in to the dashboard", options, (suite) => {
  let dashboard: DashboardPage;
  let address: string;

  beforeEach(async () => {
    address = suite.service.url.replace("127.0.0.1", "app.example");
    dashboard = await suite.open(address);
  });

  const signIn = async (secret: string): Promise<void> => {
    await dashboard.focuses('input[name="key"]');
    await dashboard.type(`${secret}\n`);
  };
  const cookie = async () => (await dashboard.page.browserContext().cookies())[0];

  test(
    "a wrong key is told from a right one, which no script of the page can read afterwards",
    async () => {
      const { service } = suite;
      const { page } = dashboard;
      const { secret } = await service.key({ name: "page" });
      await dashboard.focuses('input[name="key"]');
      expect(await barriersOf(page)).toEqual([]);
      for (const wrong of ["vf_wrong", secret.replace(/.$/, (last) => (last === "0" ? "1" : "0"))]) {
        await signIn(wrong);
        await dashboard.shows("not known here");
        await page.$eval('input[name="key"]', (field) => ((field as HTMLInputElement).value = ""));
        await page.focus('input[name="key"]');
      }
      await signIn(secret);
      await dashboard.shows(signedIn);
      expect(await cookie()).toMatchObject({ httpOnly: true, sameSite: "Strict", secure: false, expires: -1 });
      const readable = await page.evaluate(() => JSON.stringify([document.cookie, localStorage, sessionStorage, name]));
      expect(readable).not.toContain("vf_");
      expect(await page.content()).not.toContain(secret);
      await page.reload();
      await dashboard.shows(signedIn);
      await dashboard.press("Sign out");
      await dashboard.shows("API key");
      expect(await cookie()).toBeUndefined();
    },
    testMs,
  );

  testWhole(
    "a session is kept for thirty days where that is wanted",
    async () => {
      const { service } = suite;
      const { secret } = await service.key({ name: "page" });
      await dashboard.page.click('input[name="remember"]');
      await dashboard.page.focus('input[name="key"]');
      await signIn(secret);
      await dashboard.shows(signedIn);
      const days = ((await cookie())?.expires ?? 0) / daySeconds - Date.now() / 1_000 / daySeconds;
      expect(Math.round(days)).toBe(30);
    },
    testMs,
  );

  testWhole(
    "a session ends with its key, revoked or past its time, and the page asks for another one",
    async () => {
      const { service } = suite;
      const [revoked, short, other] = [
        await service.key({ name: "revoked" }),
        await service.key({ name: "short", expiresAt: new Date(Date.now() + 3_600_000) }),
        await service.key({ name: "other", owner: "somebody" }),
      ];
      await signIn(revoked.secret);
      await dashboard.shows(signedIn);
      await dashboard.page.focus("textarea");
      await dashboard.type(`${link}\n`);
      await dashboard.page.waitForSelector(".job");
      await service.deps.database.keys.revoke(revoked.id);
      await dashboard.shows("The session has ended");
      expect(await dashboard.page.$(".job")).toBeNull();
      await signIn(short.secret);
      await dashboard.shows(signedIn);
      service.later(2 * 3_600_000);
      await dashboard.shows("The session has ended");
      // What another owner had is not shown, not even for a moment.
      await signIn(other.secret);
      await dashboard.shows(signedIn);
      expect(await dashboard.page.$(".job")).toBeNull();
    },
    testMs,
  );

  test(
    "who signs in after somebody else, here or in another tab, sees nothing of theirs, and nothing that they typed",
    async () => {
      const { service } = suite;
      const { page } = dashboard;
      const [first, second, third] = [
        await service.key({ name: "first", owner: "ada" }),
        await service.key({ name: "second", owner: "bob" }),
        await service.key({ name: "third", owner: "eve" }),
      ];
      const type = async (text: string): Promise<void> => {
        await page.waitForSelector("textarea");
        await dashboard.type(text, "textarea");
      };
      const isClean = async (): Promise<void> => {
        await dashboard.until(() => document.querySelector("textarea")?.value === "");
        await dashboard.press("Collections", "header");
        await dashboard.shows("No lists yet");
      };
      await signIn(first.secret);
      await dashboard.shows(signedIn);
      await type(`${link} ${link.replace("0001", "0002")}\n`);
      await dashboard.press("Collections", "header");
      await page.waitForSelector(".cards li");
      await dashboard.press("Vidferry", "header");
      await type("what I think of");
      await dashboard.press("Sign out");
      await dashboard.shows("API key");
      await signIn(second.secret);
      await dashboard.shows(signedIn);
      await isClean();

      await dashboard.press("Vidferry", "header");
      await type("of no one else");
      const other = await page.browserContext().newPage();
      await other.goto(address);
      await other.waitForSelector("textarea");
      await other.evaluate(
        async (body) => {
          await fetch("/api/v1/session", { method: "POST", body, headers: { "content-type": "application/json" } });
        },
        JSON.stringify({ key: third.secret }),
      );
      await page.bringToFront();
      await isClean();
      await other.close();
    },
    testMs,
  );

  testWhole(
    "who may only read sees the list, and is told why nothing can be added; who is no admin sees nothing of the operator's",
    async () => {
      const { service } = suite;
      const { page } = dashboard;
      const { secret } = await service.key({ name: "reader", scopes: ["read"] });
      await signIn(secret);
      await dashboard.shows(signedIn);
      await page.focus("textarea");
      await dashboard.type(`${link}\n`);
      await page.waitForSelector(".notice.error");
      expect(await page.$eval("textarea", (field) => (field as HTMLTextAreaElement).value)).toBe(link);
      expect(await service.jobs()).toEqual([]);
      expect(await page.$('header a[href*="operator"]')).toBeNull();
      await page.goto(`${address}/app/operator`);
      await dashboard.shows("This needs a key with the scope admin");
    },
    testMs,
  );

  testWhole(
    "a session that was ended in another tab is over here too",
    async () => {
      const { service } = suite;
      const { secret } = await service.key({ name: "page" });
      await signIn(secret);
      await dashboard.shows(signedIn);
      const other = await dashboard.page.browserContext().newPage();
      await other.goto(address);
      await other.waitForSelector("textarea");
      await other.evaluate(() => fetch("/session", { method: "DELETE" }));
      await other.close();
      await dashboard.shows("The session has ended");
    },
    testMs,
  );

  test(
    "no page of another origin can use the session, not of a sibling domain and not of another port",
    async () => {
      const { service } = suite;
      const { secret } = await service.key({ name: "page", scopes: ["admin"] });
      await signIn(secret);
      await dashboard.shows(signedIn);
      await using attacker = startAttacker();
      const asked: { cookie: boolean; site: string }[] = [];
      service.intercept = async (request, next) => {
        const site = request.headers.get("sec-fetch-site") ?? "";
        if (site !== "same-origin") asked.push({ cookie: request.headers.has("cookie"), site });
        return next();
      };
      for (const host of hosts) {
        const page = await dashboard.page.browserContext().newPage();
        await page.goto(attacker.url.replace("127.0.0.1", host));
        const seen = await page.evaluate(attack, `${address}/api/v1`, link);
        expect(seen).toEqual([]);
        await Promise.all([page.waitForNavigation(), page.evaluate(postForm, `${address}/api/v1/downloads`, link)]);
        await page.close();
      }
      expect(await service.jobs()).toEqual([]);
      // The browser does send the cookie between ports and from sibling domains: it is the service that takes it for nothing.
      expect(asked.filter(({ cookie }) => cookie).length).toBeGreaterThan(0);
      expect((await service.deps.database.keys.list({ limit: 10 })).length).toBe(1);
      service.intercept = null;
      await dashboard.page.reload();
      await dashboard.shows(signedIn);
    },
    testMs,
  );
});

/** A server of somebody else's on this machine. */
function startAttacker(): AsyncDisposable & { readonly url: string } {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("<!doctype html><title>x</title>", { headers: { "content-type": "text/html" } }),
  });
  return { url: server.url.origin, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** Runs in the attacker's page: what it could read of the service with the visitor's session. */
async function attack(api: string, url: string): Promise<string[]> {
  const seen: string[] = [];
  const json = JSON.stringify({ url });
  const tries: [string, RequestInit][] = [
    ["/downloads", {}],
    ["/session", {}],
    ["/downloads", { method: "POST", body: json, headers: { "content-type": "application/json" } }],
    ["/downloads", { method: "POST", body: json, mode: "no-cors" }],
    ["/keys", { method: "POST", body: JSON.stringify({ name: "x" }), mode: "no-cors" }],
    ["/session", { method: "DELETE" }],
  ];
  for (const [path, init] of tries) {
    try {
      const text = await (await fetch(api + path, { credentials: "include", ...init })).text();
      if (text !== "") seen.push(text);
    } catch {
      // As it has to be.
    }
  }
  return seen;
}

/** Runs in the attacker's page: a form whose text is JSON, which needs no leave of the service to be sent. */
function postForm(action: string, url: string): void {
  const form = Object.assign(document.createElement("form"), { method: "POST", action, enctype: "text/plain" });
  const field = Object.assign(document.createElement("input"), {
    name: `{"url":"${url}","labels":{"x":"`,
    value: '"}}',
  });
  form.append(field);
  document.body.append(form);
  form.submit();
}
