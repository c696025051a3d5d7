import { describe, expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import { memoryStore } from "../adapters/memory/index.ts";
import { createSecretBox } from "../secrets/secret-box.ts";
import { defaultBreaker, judge } from "./breaker.ts";
import { checkEgresses, checkEgressSecrets } from "./check-egresses.ts";
import { freshCondition } from "./condition.ts";
import { cookieContext, proxyContext } from "./cookie-text.ts";
import { defaultSettings } from "./egress.ts";

const day = 86_400_000;
const box = createSecretBox(async () => ["a key"]);

async function scene() {
  const clock = createHeldClock();
  const database = memoryStore({ clock });
  let serial = 0;
  const add = async (
    name: string,
    { proxyUrl, cookies, enabled = true }: { proxyUrl?: string; cookies?: string; enabled?: boolean },
  ) => {
    serial += 1;
    const id = `egr_${String(serial).padStart(32, "0")}` as const;
    return await database.egresses.insert({
      ...{ ...defaultSettings, id, name, enabled },
      proxy: proxyUrl === undefined ? null : await box.seal(proxyUrl, proxyContext(id)),
      cookies: cookies === undefined ? null : await box.seal(cookies, cookieContext(id)),
    });
  };
  const cookie = (expiresInMs: number | null) => {
    const expires = expiresInMs === null ? 0 : Math.floor((clock.now().getTime() + expiresInMs) / 1000);
    return `.youtube.com\tTRUE\t/\tTRUE\t${expires}\tSID\tsecret-of-an-account\n`;
  };
  return { clock, database, add, cookie };
}

describe("what is said of egresses", () => {
  test("names those that are held back and those whose cookies are not taken, with what to do", async () => {
    const { clock, database, add } = await scene();
    await add("ready", {});
    await add("off", { enabled: false });
    const held = await add("held", {});
    const outcome = { site: "youtube.com", link: "a", verdict: "refused", code: "bot_check", detail: "" } as const;
    const more = { retryAt: null, token: null, patience: 1 };
    const { condition } = judge(freshCondition, { ...outcome, ...more }, clock.now().getTime(), defaultBreaker);
    await database.egresses.writeCondition(held.id, held.version, condition);
    const signedOut = await add("signed out", { cookies: "text" });
    await database.egresses.markCookies(signedOut.id, 1, false);
    expect(await checkEgresses({ database }, defaultBreaker)).toMatchObject(
      [
        { name: "egress direct", status: "ok" },
        { name: "egress ready", status: "ok", detail: "ready, 0 of 250 uses this hour" },
        { name: "egress off", status: "ok", detail: "disabled, 0 of 250 uses this hour" },
        {
          name: "egress held",
          status: "warning",
          detail: /^cooling until .*takes it for a bot/,
          fix: /egresses reset held/,
        },
        { name: "egress signed out", status: "warning", detail: /its cookies are not taken any more/, fix: /Export/ },
      ].map((line) =>
        Object.fromEntries(
          Object.entries(line).map(([key, value]) => [
            key,
            value instanceof RegExp ? expect.stringMatching(value) : value,
          ]),
        ),
      ),
    );
  });

  test("tells of proxies that are dead and of cookies that end soon or are not readable, and no secret", async () => {
    const { database, add, cookie } = await scene();
    await add("dead", { proxyUrl: "http://user:pa55word@dead.example:3128", cookies: cookie(30 * day) });
    await add("alive", { proxyUrl: "http://alive.example:3128", cookies: cookie(2 * day) });
    await add("old", { cookies: cookie(-day) });
    await add("session", { cookies: cookie(null) });
    await add("off", { proxyUrl: "http://dead.example", enabled: false });
    const reach = async (proxyUrl: string) => (proxyUrl.includes("dead") ? "ECONNREFUSED" : null);
    const checks = await checkEgressSecrets({ database }, box, reach);
    expect(
      checks.map(({ name, status, detail }) => `${status} ${name}: ${detail.replace(/\d{4}-.*/, "TIME")}`),
    ).toEqual([
      "warning egress dead proxy: cannot be connected to: ECONNREFUSED",
      "ok egress dead cookies: 1 cookies, the last of them until TIME",
      "ok egress alive proxy: can be connected to",
      "warning egress alive cookies: the last of them expires at TIME",
      "warning egress old cookies: all of them have expired",
      "ok egress session cookies: 1 cookies",
    ]);
    expect(JSON.stringify(checks)).not.toMatch(/pa55word|secret-of-an-account/);
    const lost = await checkEgressSecrets(
      { database },
      createSecretBox(async () => ["another key"]),
      reach,
    );
    expect(lost.every(({ status, fix }) => status === "warning" && /SECRETS_KEY/.test(fix ?? ""))).toBe(true);
  });
});
