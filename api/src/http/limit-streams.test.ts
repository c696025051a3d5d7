import { expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
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
