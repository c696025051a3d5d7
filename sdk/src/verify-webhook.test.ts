import { describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { verifyWebhook, WebhookVerificationError } from "./verify-webhook.ts";

const secret = `whsec_${btoa("s".repeat(32))}`;
const other = `whsec_${btoa("o".repeat(32))}`;
const body = JSON.stringify({
  type: "webhook.test",
  timestamp: "2026-11-26T10:00:00.000Z",
  data: { webhookId: "whk_1" },
});
const at = new Date();

const headersOf = (...secrets: string[]) => ({
  "webhook-id": "dlv_1",
  "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
  "webhook-signature": secrets.map((one) => new Webhook(one).sign("dlv_1", at, body)).join(" "),
});

describe("verifyWebhook", () => {
  test("returns what was signed, from headers of any kind", async () => {
    const headers = headersOf(secret);
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]));
    const foreign = { get: (name: string) => new Headers(headers).get(name) };
    for (const kind of [headers, new Headers(headers), upper, foreign]) {
      expect(await verifyWebhook(kind, body, secret)).toEqual(JSON.parse(body));
    }
    expect(await verifyWebhook(headers, new TextEncoder().encode(body), secret)).toEqual(JSON.parse(body));
  });

  test("takes either secret during a rotation", async () => {
    for (const one of [secret, other]) {
      expect(await verifyWebhook(headersOf(other, secret), body, one)).toEqual(JSON.parse(body));
    }
    expect(await verifyWebhook(headersOf(secret), body, [other, secret])).toEqual(JSON.parse(body));
  });

  const good = headersOf(secret);
  const forgeries: Readonly<Record<string, readonly [headers: Record<string, string>, body: string]>> = {
    "another body": [good, body.replace("whk_1", "whk_2")],
    "another id": [{ ...good, "webhook-id": "dlv_2" }, body],
    "another secret": [headersOf(other), body],
    "a time in the past": [{ ...good, "webhook-timestamp": String(Math.floor(at.getTime() / 1000) - 301) }, body],
    "a time in the future": [{ ...good, "webhook-timestamp": String(Math.floor(at.getTime() / 1000) + 302) }, body],
    "no time": [{ ...good, "webhook-timestamp": "soon" }, body],
    "no signature": [{ ...good, "webhook-signature": "" }, body],
    "a signature that is none": [{ ...good, "webhook-signature": "v1,%%% v1a,abc v2,abc" }, body],
    "no headers": [{}, body],
  };
  for (const [title, [headers, text]] of Object.entries(forgeries)) {
    test(`refuses ${title}`, async () => {
      await expect(verifyWebhook(headers, text, secret)).rejects.toBeInstanceOf(WebhookVerificationError);
    });
  }

  test("a message that is sent again later is refused, since its time is signed", async () => {
    const now = new Date(at.getTime() + 301_000);
    await expect(verifyWebhook(good, body, secret, { now })).rejects.toThrow("too far from now");
    expect(await verifyWebhook(good, body, secret, { now, toleranceSeconds: 600 })).toEqual(JSON.parse(body));
  });
});
