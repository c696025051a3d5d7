import { describe, expect, test } from "bun:test";
import { createServiceFixture } from "@vidferry/testing";
import { createApiKey } from "../accounts/key-secret.ts";
import type { KeyScope } from "../accounts/scopes.ts";
import { createSecretBox } from "../secrets/secret-box.ts";
import { sendDelivery } from "../webhooks/send-delivery.ts";
import type { WebhookMessage } from "../webhooks/sender.ts";
import { defaultBreaker } from "./breaker.ts";
import { proxyContext } from "./cookie-text.ts";
import { defaultSettings } from "./egress.ts";
import { settleUse } from "./settle-use.ts";

const id = `egr_${"1".repeat(32)}` as const;
const url = "https://www.youtube.com/watch?v=sample00001";

/** A service with an egress whose secrets are kept, and what settles uses of it. */
async function start() {
  const fixture = await createServiceFixture();
  const { deps } = fixture;
  const { database } = deps;
  const secrets = createSecretBox(async () => ["k".repeat(32)]);
  await database.egresses.insert({
    ...{ ...defaultSettings, id, name: "homes" },
    proxy: await secrets.seal("http://ferry:s3cretProxy@proxy.example:3128", proxyContext(id)),
    cookies: "s3cretCookies",
  });
  /** A key of an owner, and a webhook of theirs that is told of blocked egresses. */
  const withWebhook = async (owner: string, scope: KeyScope) => {
    const { key } = await createApiKey(deps, { name: owner, owner, scopes: [scope] });
    await database.keys.insert(key);
    const webhook = await listen(owner);
    return { keyId: key.id, webhook };
  };
  const listen = async (owner: string) => {
    const events = ["egress.blocked"] as const;
    const fresh = { id: deps.ids.next("whk"), owner, url: `https://${owner}.example/`, events, description: "" };
    return (await database.webhooks.insert({ ...fresh, secrets: [] })).id;
  };
  /** The egress fails its trials until it is blocked. */
  const block = async () => {
    const site = {
      refused: [],
      held: "cooling",
      until: 0,
      strikes: 2,
      code: "proxy",
      detail: "",
      trial: null,
    } as const;
    const trial = { token: "t", until: Number.MAX_SAFE_INTEGER };
    const { version, condition } = (await database.egresses.read()).egresses.find((one) => one.id === id) ?? {};
    if (version === undefined || condition === undefined) throw new Error("the egress is gone");
    await database.egresses.writeCondition(id, version, { ...condition, sites: { "*": { ...site, trial } } });
    const use = { egress: { id, name: "homes" }, site: "youtube.com", url, purpose: "attempt", token: "t" } as const;
    await settleUse(deps, { breaker: defaultBreaker }, use, {
      code: null,
      failure: "it refuses the credentials",
      signedIn: false,
    });
  };
  const written = async (webhook: `whk_${string}`) => await database.deliveries.list(webhook, 10);
  return {
    ...{ deps, database, secrets, withWebhook, listen, block, written },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

describe("a blocked egress", () => {
  test("is told of to operators alone, in a message without secrets", async () => {
    await using scene = await start();
    const ada = await scene.withWebhook("ada", "admin");
    const bob = await scene.withWebhook("bob", "write");
    const carl = await scene.withWebhook("carl", "admin");
    await scene.database.keys.update(carl.keyId, { scopes: ["webhooks"] });
    const dora = await scene.withWebhook("dora", "admin");
    await scene.database.keys.revoke(dora.keyId);
    await scene.block();
    for (const { webhook } of [bob, carl, dora]) expect(await scene.written(webhook)).toEqual([]);
    const [delivery, ...more] = await scene.written(ada.webhook);
    expect(more).toEqual([]);
    expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
      type: "egress.blocked",
      data: { egress: { name: "homes", state: "blocked", reason: "Its proxy fails: it refuses the credentials." } },
    });
    expect(delivery?.body).not.toMatch(/s3cret|proxy\.example/);
  });

  test("is told of to the local owner while no key is theirs", async () => {
    await using scene = await start();
    const webhook = await scene.listen("local");
    await scene.block();
    expect(await scene.written(webhook)).toHaveLength(1);
    const { key } = await createApiKey(scene.deps, { name: "n", owner: "local", scopes: ["webhooks"] });
    await scene.database.keys.insert(key);
    await scene.block();
    expect(await scene.written(webhook)).toHaveLength(1);
  });

  test("is not told of any more to whoever has lost the right since it was written", async () => {
    await using scene = await start();
    const { keyId, webhook } = await scene.withWebhook("ada", "admin");
    await scene.block();
    await scene.database.keys.update(keyId, { scopes: ["webhooks"] });
    const [due] = await scene.database.deliveries.dueTargets(1);
    const [delivery] = await scene.database.deliveries.take(due?.target ?? "", 1, 60_000);
    if (delivery === undefined) throw new Error("nothing is due");
    const sent: WebhookMessage[] = [];
    const sender = { refuses: () => null, send: async (message: WebhookMessage) => void sent.push(message) } as never;
    const support = { secrets: scene.secrets, sender, publicUrl: null, refused: null };
    await sendDelivery(scene.deps, support, delivery, new AbortController().signal);
    expect(sent).toEqual([]);
    const [after] = await scene.written(webhook);
    expect([after?.state, after?.attempts[0]?.error]).toEqual(["failed", expect.stringContaining("`admin`")]);
  });
});
