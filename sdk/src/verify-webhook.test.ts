import { describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { verifyWebhook, WebhookVerificationError } from "./verify-webhook.ts";
import { Vidferry } from "./vidferry.ts";

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

const good = headersOf(secret);

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

  test("a message that is sent again later is refused, since its time is signed, and so is one when a clock is wrong", async () => {
    for (const [now, when] of [
      [new Date(Math.floor(at.getTime() / 1000) * 1000 + 400_000), /signed 400 s ago, and 300 s are allowed/],
      [new Date(Math.floor(at.getTime() / 1000) * 1000 - 500_000), /signed 500 s from now.*here it is 20\d\d-/],
    ] as const) {
      const refused = verifyWebhook(good, body, secret, { now });
      await expect(refused).rejects.toMatchObject({ reason: "time", message: expect.stringMatching(when) });
      expect(await verifyWebhook(good, body, secret, { now, toleranceSeconds: 600 })).toEqual(JSON.parse(body));
    }
  });

  test("tells what is wrong: the headers, the signature, the secret, or the body", async () => {
    const sign = (text: string) => ({ ...good, "webhook-signature": new Webhook(secret).sign("dlv_1", at, text) });
    const cases = [
      [{}, body, secret, "headers"],
      [good, body, other, "signature"],
      [good, body, "", "secret"],
      [sign("{"), "{", secret, "body"],
    ] as const;
    for (const [headers, text, one, reason] of cases) {
      await expect(verifyWebhook(headers, text, one)).rejects.toMatchObject({ reason });
    }
  });
});

describe("unwrapping a message", () => {
  const vidferry = new Vidferry({ baseUrl: "http://service.test", webhookSecret: secret });

  test("takes the secret of the client, or of the call", async () => {
    expect(await vidferry.webhooks.unwrap(body, good)).toEqual(JSON.parse(body));
    expect(await vidferry.webhooks.unwrap(body, headersOf(other), { secret: [secret, other] })).toEqual(
      JSON.parse(body),
    );
    const forged = vidferry.webhooks.unwrap(body, headersOf(other));
    await expect(forged).rejects.toBeInstanceOf(WebhookVerificationError);
  });

  test("without any it says where to put one", async () => {
    const none = new Vidferry({ baseUrl: "http://service.test" });
    await expect(none.webhooks.unwrap(body, good)).rejects.toThrow("VIDFERRY_WEBHOOK_SECRET");
  });
});
