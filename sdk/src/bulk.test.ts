import { expect, test } from "bun:test";
import { createStack } from "../../api/src/testing/stack.ts";
import { Vidferry } from "./vidferry.ts";

const url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";

test("all jobs of a filter are changed page after page, each is told of once, and others are left alone", async () => {
  await using stack = await createStack();
  let calls = 0;
  const vidferry = new Vidferry({
    baseUrl: "http://127.0.0.1",
    fetch: async (request) => {
      if (request.url.endsWith("/bulk")) calls += 1;
      return await stack.app.fetch(request);
    },
  });
  const { downloads } = vidferry;
  const make = async (project: string) => (await downloads.create({ url, labels: { project } })).id;
  const mine: string[] = [];
  for (let count = 0; count < 7; count += 1) mine.push(await make("x"));
  const other = await make("y");
  await downloads.bulk({ action: "cancel", ids: [...mine, other] });

  const filter = { state: "canceled", labels: { project: "x" } } as const;
  const outcomes = [];
  for await (const outcome of downloads.bulkAll({ action: "retry", filter, limit: 3 })) outcomes.push(outcome);
  expect(outcomes).toEqual(mine.toReversed().map((id) => ({ id, state: "queued", error: null })));
  expect(calls).toBe(1 + 3);
  expect((await downloads.get(other)).state).toBe("canceled");

  // Whoever leaves early leaves the pages after that alone.
  for await (const { id } of downloads.bulkAll({ action: "cancel", filter: { labels: { project: "x" } }, limit: 2 }))
    if (id === mine[6]) break;
  expect((await downloads.counts({ state: "canceled", labels: { project: "x" } })).total).toBe(2);
});
