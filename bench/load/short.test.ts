import { expect, test } from "bun:test";
import { startOwnService } from "./own-service.ts";
import { runLoad } from "./run.ts";

test("every answer under a mixed load is as the profile says", async () => {
  await using service = await startOwnService(false);
  const { faults, kinds } = await runLoad(service.target, { rate: 30, requests: 200, seed: 7 });
  expect(faults).toEqual([]);
  expect(kinds.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["create", "create twice, one key", "read", "list", "follow", "probe", "wrong key"]),
  );
}, 180_000);

test("an answer that the profile does not allow is reported", async () => {
  using server = Bun.serve({ port: 0, fetch: () => new Response("broken", { status: 500 }) });
  const target = { url: String(server.url).replace(/\/$/, ""), key: "k", link: () => "https://a.test/", probeLink: "" };
  const { faults, kinds } = await runLoad(target, { rate: 1_000, requests: 5, seed: 1 });
  expect(faults).toHaveLength(5);
  expect(kinds).toMatchObject([{ kind: "create", requests: 5, statuses: { "500": 5 } }]);
});
