import { expect, test } from "bun:test";
import { AppError, EgressResource } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";

const path = "/api/v1/egresses";

test("egresses are made, read, changed, reset and deleted, all but the one that every service has", async () => {
  const { send } = createHarness();
  const made = await send("POST", path, { name: "office", resolvesPerHour: 100 }, { "Idempotency-Key": "one" });
  expect(made.status).toBe(201);
  const egress = EgressResource.parse(await made.json());
  expect(made.headers.get("location")).toBe(`${path}/${egress.id}`);
  expect(egress).toMatchObject({ name: "office", state: "ready", resolvesPerHour: 100, usedThisHour: 0 });
  const again = await send("POST", path, { name: "office", resolvesPerHour: 100 }, { "Idempotency-Key": "one" });
  expect(((await again.json()) as EgressResource).id).toBe(egress.id);
  const { data } = (await (await send("GET", path)).json()) as { data: EgressResource[] };
  expect(data.map(({ name }) => name)).toEqual(expect.arrayContaining(["direct", "office"]));
  expect(await (await send("GET", `${path}/${egress.id}`)).json()).toMatchObject({ name: "office" });
  const changed = await send("PATCH", `${path}/${egress.id}`, { enabled: false });
  expect(await changed.json()).toMatchObject({ state: "disabled" });
  expect((await send("POST", `${path}/${egress.id}/reset`)).status).toBe(200);
  const direct = data.find(({ name }) => name === "direct");
  await expectProblem(await send("DELETE", `${path}/${direct?.id}`), 409, "invalid_state");
  expect((await send("DELETE", `${path}/${egress.id}`)).status).toBe(204);
  await expectProblem(await send("GET", `${path}/${egress.id}`), 404, "not_found");
});

test("a reset that is still under way under its key is not begun again", async () => {
  const { send, service } = createHarness();
  const { id } = (await (await send("POST", path, { name: "office" })).json()) as EgressResource;
  Object.assign(service.egresses, { reset: () => Promise.reject(new AppError("idempotency_in_progress")) });
  const reset = await send("POST", `${path}/${id}/reset`, undefined, { "Idempotency-Key": "one" });
  await expectProblem(reset, 409, "idempotency_in_progress");
});
