import { expect, test } from "bun:test";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { AppEnv } from "../app-env.ts";
import { parseAtOnce } from "./parse-at-once.ts";
import { refuseInvalid } from "./validation.ts";

/** An app with a route that takes each part of a request, and counts how often its body is checked compiled. */
function createApp() {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });
  app.onError((error, c) => c.json({ error: error.message }, 400));
  const isAsync: boolean[] = [];
  const body = z.object({ size: z.int().default(3) });
  const run = body._zod.run;
  body._zod.run = (payload, context) => {
    isAsync.push(context.async === true);
    return run(payload, context);
  };
  const route = createRoute({
    method: "post",
    path: "/items/{id}",
    request: {
      params: z.object({ id: z.string().max(4) }),
      query: z.object({ page: z.string().optional() }),
      headers: z.object({ "x-own": z.string().optional() }),
      body: { required: true, content: { "application/json": { schema: body } } },
    },
    responses: { 200: { description: "What was read." } },
  });
  app.openapi(route, (c) =>
    c.json([c.req.valid("param"), c.req.valid("query"), c.req.valid("header"), c.req.valid("json")]),
  );
  return { app, isAsync };
}

const post = (app: OpenAPIHono<AppEnv>, path: string, body: object) =>
  app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-own": "a" },
    body: JSON.stringify(body),
  });

test("what is sent is read without waiting, with its defaults, and refused as before", async () => {
  const { app, isAsync } = createApp();
  parseAtOnce(app);
  const answer = await post(app, "/items/1?page=2", {});
  expect(await answer.json()).toEqual([{ id: "1" }, { page: "2" }, { "x-own": "a" }, { size: 3 }]);
  expect((await post(app, "/items/1", { size: "x" })).status).toBe(400);
  expect((await post(app, "/items/12345", {})).status).toBe(400);
  expect(isAsync).toEqual([false, false]);
});

test("the framework alone reads it asynchronously", async () => {
  const { app, isAsync } = createApp();
  await post(app, "/items/1", {});
  expect(isAsync).toEqual([true]);
});
