import { expect, test } from "bun:test";
import { json, scriptedFetch } from "./testing/scripted-fetch.ts";
import { Vidferry } from "./vidferry.ts";

test("egresses are made, read, changed, reset and deleted", async () => {
  const egress = json({ id: "egr_1", name: "homes" });
  const nothing = () => new Response(null, { status: 204 });
  const list = json({ data: [{ id: "egr_1" }] });
  const { fetch, sent } = scriptedFetch(egress, egress, list, egress, egress, nothing);
  const { egresses } = new Vidferry({ baseUrl: "http://service.test", fetch });
  expect((await egresses.create({ name: "homes" }, { idempotencyKey: "one" })).id).toBe("egr_1");
  expect((await egresses.get("egr_1")).name).toBe("homes");
  expect((await egresses.list()).map(({ id }) => id)).toEqual(["egr_1"]);
  await egresses.update("egr_1", { enabled: false });
  await egresses.reset("egr_1");
  await egresses.delete("egr_1");
  expect(sent.map(({ method, url, body }) => [method, url.pathname, body])).toEqual([
    ["POST", "/api/v1/egresses", '{"name":"homes"}'],
    ["GET", "/api/v1/egresses/egr_1", ""],
    ["GET", "/api/v1/egresses", ""],
    ["PATCH", "/api/v1/egresses/egr_1", '{"enabled":false}'],
    ["POST", "/api/v1/egresses/egr_1/reset", ""],
    ["DELETE", "/api/v1/egresses/egr_1", ""],
  ]);
  expect(sent[0]?.headers.get("idempotency-key")).toBe("one");
});
