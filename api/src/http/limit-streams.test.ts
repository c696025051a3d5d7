import { expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { created } from "@vidferry/testing/conformance";
import { type Auth, createOpenAuth } from "../auth/auth.ts";
import { expectProblem } from "../testing/harness.ts";
import { startHarness } from "../testing/live-server.ts";

test("an owner has no more streams open than its account allows, whatever they are, until one ends", async () => {
  const { url, service } = await startHarness();
  await service.database.accounts.limit("local", { streams: 2 });
  const first = await fetch(`${url}/api/v1/events`);
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/events`);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const refused = await fetch(`${url}/api/v1/events`);
  const problem = await expectProblem(refused, 429, "quota_exceeded");
  expect(problem.quota).toEqual({ limit: "streams", used: 2, allowed: 2 });
  await expectProblem(await fetch(`${url}/api/v1/history?format=csv`), 429, "quota_exceeded");
  socket.close();
  const again = await eventually(async () => {
    const answer = await fetch(`${url}/api/v1/events`);
    if (answer.status === 200) return answer;
    await answer.body?.cancel();
    return false;
  });
  await Promise.all([first, again].map((answer) => answer.body?.cancel()));
  await eventually(async () => (await service.database.accounts.usage("local")).streams === 0);
});

test.each([
  ["ends while it is sent", false],
  ["ended while it was made", true],
])("a long answer breaks off when its key %s", async (_, isAtOnce) => {
  const ended = Promise.withResolvers<() => void>();
  const auth: Auth = {
    ...createOpenAuth(),
    authenticate: async () => ({
      owner: "local",
      scopes: ["downloads:read"],
      keyId: `key_${"1".repeat(32)}`,
      secretHash: null,
    }),
    watch: (_principal, onEnd) => {
      if (isAtOnce) onEnd();
      ended.resolve(onEnd);
      return () => undefined;
    },
  };
  const { url, service } = await startHarness({ auth });
  await service.database.jobs.move((await created(service.database, { owner: "local" })).id, null, "cancel");
  const [entry] = await service.records.history({ owner: "local", limit: 1 });
  // Without an end.
  Object.assign(service.records, { history: async ({ limit }: { limit: number }) => Array(limit).fill(entry) });
  const answer = fetch(`${url}/api/v1/history?format=csv`).then(async (response) => {
    (await ended.promise)();
    return await response.text();
  });
  await expect(answer).rejects.toThrow();
});
