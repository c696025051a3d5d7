import { expect, test } from "bun:test";
import { json, type Step, scriptedFetch } from "./testing/scripted-fetch.ts";
import { UnexpectedAnswerError } from "./unexpected-answer.ts";
import { Vidferry } from "./vidferry.ts";

const page: Step = () => new Response("<title>Sign in</title>", { headers: { "content-type": "text/html" } });
const moved: Step = () => new Response(null, { status: 302, headers: { location: "https://other.test/login?next=1" } });

const client = (step: Step) =>
  new Vidferry({ baseUrl: "http://service.test", apiKey: "vf_SECRET", fetch: scriptedFetch(step).fetch });

test.each<[string, Step, (vidferry: Vidferry) => Promise<unknown>, string]>([
  ["a page in the place of JSON", page, ({ downloads }) => downloads.get("job_1"), "that is no JSON"],
  ["a page in the place of events", page, ({ downloads }) => downloads.events("job_1").next(), "no event stream"],
  ["a page in the place of a file", page, ({ downloads }) => downloads.file("job_1", "art_1"), "a page and no file"],
  ["a page that answers a deletion", page, ({ keys }) => keys.revoke("key_1"), "sends nothing here"],
  ["an empty body", () => new Response(""), ({ downloads }) => downloads.get("job_1"), "the body is empty"],
  ["a list in the place of an object", json([]), ({ downloads }) => downloads.get("job_1"), "not what Vidferry says"],
  ["another service's object", json({ ok: true }), ({ downloads }) => downloads.get("job_1"), 'it has no "id"'],
  ["a change that is sent elsewhere", moved, ({ downloads }) => downloads.pause("job_1"), "https://other.test/login."],
])("%s is named, once, and without the key", async (_, step, call, said) => {
  const error = await call(client(step)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnexpectedAnswerError);
  expect((error as Error).message).toContain(said);
  expect((error as Error).message).toStartWith("http://service.test/api/v1/");
  expect(Bun.inspect(error)).not.toContain("SECRET");
});

test("a key that a redirect to another origin has lost is told from a wrong one", async () => {
  const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({}, { status: 401 }) });
  const first = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => Response.redirect(other.url.origin + new URL(url).pathname, 308),
  });
  try {
    const { downloads } = new Vidferry({ baseUrl: first.url.origin, apiKey: "vf_key", maxRetries: 0 });
    await expect(downloads.get("job_1")).rejects.toThrow(`was redirected to ${other.url.origin}`);
  } finally {
    await Promise.all([first.stop(true), other.stop(true)]);
  }
});
