import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type LibreTranslateServer, startLibreTranslate } from "@vidferry/testing";
import { isAppError } from "../../errors/index.ts";
import { libreTranslate } from "./index.ts";

let server: LibreTranslateServer;
beforeAll(async () => {
  server = await startLibreTranslate({ key: "secret" });
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => server.answerWith(null));

const never = new AbortController().signal;
const begin = (rest: { url?: string; apiKey?: string } = {}) =>
  libreTranslate({ url: server.url, apiKey: "secret", pausesMs: [1, 1], ...rest });
const toFrench = (texts: readonly string[], translator = begin(), to = "fr") =>
  translator.translate(texts, { from: "en-GB", to, signal: never });
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing",
    (error: unknown) => (isAppError(error) ? `${error.code}: ${error.message}` : error),
  );

describe("LibreTranslate", () => {
  test("translates texts in their order, in batches, by the languages that it knows", async () => {
    const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`);
    const before = server.requests.length;
    expect(await toFrench([...texts, "x".repeat(3_000)])).toEqual(
      [...texts, "x".repeat(3_000)].map((text) => `[fr] ${text}`),
    );
    const asked = server.requests.slice(before);
    expect(asked.map(({ q }) => q.length)).toEqual([25, 25, 10, 1]);
    expect(asked[0]).toMatchObject({ source: "en", target: "fr", format: "text", api_key: "secret" });
    expect(await toFrench(["a"], begin(), "zh-CN")).toEqual(["[zh-Hans] a"]);
    expect(await begin().translate(["a"], { from: "sv", to: "pt", signal: never })).toEqual(["[pt-BR] a"]);
    expect(server.requests.at(-1)).toMatchObject({ source: "auto" });
  });

  test("is asked again when it cannot answer for now, and not when it refuses", async () => {
    server.answerWith((count) => (count < 3 ? new Response(null, { status: count === 1 ? 429 : 503 }) : null));
    expect(await toFrench(["a"])).toEqual(["[fr] a"]);
    let asked = 0;
    server.answerWith((count) => {
      asked = count;
      return new Response(null, { status: 400 });
    });
    expect(await refusal(toFrench(["a"]))).toBe("source_error: the translator answers 400");
    expect(asked).toBe(1);
  });

  test("that breaks off its answer is asked again, and says so when it does not stop", async () => {
    let broken = 2;
    const breaking = createServer((request, response) => {
      const text = JSON.stringify(request.url === "/languages" ? [{ code: "fr" }] : { translatedText: ["un"] });
      const isBroken = request.method === "POST" && broken-- > 0;
      response.writeHead(200, { "content-length": text.length });
      if (isBroken) response.write(text.slice(0, 10), () => response.destroy());
      else response.end(text);
    }).listen(0, "127.0.0.1");
    await once(breaking, "listening");
    const translator = begin({ url: `http://127.0.0.1:${(breaking.address() as AddressInfo).port}` });
    try {
      expect(await toFrench(["one"], translator)).toEqual(["un"]);
      broken = 3;
      expect(await refusal(toFrench(["one"], translator))).toBe("source_error: the answer of the translator broke off");
    } finally {
      breaking.closeAllConnections();
      breaking.close();
    }
  });

  test("that is down, wants another key, or does not know a language says so", async () => {
    expect(await refusal(toFrench(["a"], begin({ url: "http://127.0.0.1:9" })))).toBe(
      "source_error: the translator cannot be reached",
    );
    expect(await refusal(toFrench(["a"], begin({ apiKey: "wrong" })))).toBe(
      "source_error: the translator refuses the key (LIBRETRANSLATE_API_KEY)",
    );
    expect(await refusal(toFrench(["a"], begin(), "tlh"))).toBe("source_error: the translator does not know tlh");
  });

  test.each<readonly [string, () => Response]>([
    ["no JSON", () => new Response("<html>")],
    ["too few texts", () => Response.json({ translatedText: ["one"] })],
    ["no texts", () => Response.json({ translatedText: [1, 2] })],
    ["texts that are far too long", () => Response.json({ translatedText: ["x".repeat(1_000), "b"] })],
    ["more than can be", () => Response.json({ translatedText: ["a", "b"], rest: "x".repeat(2 << 20) })],
  ])("that answers %s has answered rubbish", async (_, answer) => {
    server.answerWith(answer);
    expect(await refusal(toFrench(["a", "b"]))).toBe(
      "source_error: the translator has answered something that is no translation",
    );
  });

  test("that leads elsewhere is not followed", async () => {
    server.answerWith(() => new Response(null, { status: 307, headers: { location: "http://127.0.0.1:9/" } }));
    expect(await refusal(toFrench(["a"]))).toBe("source_error: the translator answers 307");
  });

  test("is left alone when the signal aborts", async () => {
    const stop = new AbortController();
    server.answerWith(() => {
      stop.abort("enough");
      return new Response(null, { status: 503 });
    });
    const translating = begin().translate(["a"], { from: "en", to: "fr", signal: stop.signal });
    expect(await translating.catch((error: unknown) => error)).toBe("enough");
  });

  test("keeps a text for which it has no words", async () => {
    server.answerWith(() => Response.json({ translatedText: ["", "bon"] }));
    expect(await toFrench(["♪", "good"])).toEqual(["♪", "bon"]);
  });
});
