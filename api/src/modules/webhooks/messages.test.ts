import { expect, test } from "bun:test";
import { newJob } from "@vidferry/testing/conformance";
import Ajv2020 from "ajv/dist/2020.js";
import { createHarness } from "../../testing/harness.ts";

interface Message {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody: { readonly content: { readonly "application/json": { readonly schema: { $ref: string } } } };
}

test("the OpenAPI document describes each message to webhooks, and what is sent keeps to it", async () => {
  const { send, service } = createHarness();
  const document = (await (await send("GET", "/openapi.json")).json()) as {
    webhooks: Record<string, { post: Message }>;
  };
  expect(Object.keys(document.webhooks)).toEqual([
    "job.succeeded",
    "job.failed",
    "job.canceled",
    "batch.finished",
    "schedule.failed",
    "egress.blocked",
    "webhook.test",
  ]);
  const { operationId, parameters } = document.webhooks["job.succeeded"]?.post ?? {};
  expect(operationId).toBe("onJobSucceeded");
  expect(parameters?.map(({ name, required }) => [name, required])).toEqual(
    ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, true]),
  );

  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, "openapi");
  const breaches = (body: string): unknown => {
    const message = JSON.parse(body) as { type: string };
    const { $ref } = document.webhooks[message.type]?.post.requestBody.content["application/json"].schema ?? {};
    const validate = ajv.compile({ $ref: `openapi${$ref}` });
    return validate(message) ? [] : validate.errors;
  };
  const job = newJob({}, { webhookUrl: "https://hooks.example.com/job" });
  await service.database.jobs.create(job);
  await service.database.jobs.move(job.id, null, "cancel");
  const webhook = await send("POST", "/api/v1/webhooks", {
    url: "https://hooks.example.com/x",
    events: ["batch.finished"],
  });
  const { id } = (await webhook.json()) as { id: `whk_${string}` };
  await send("POST", `/api/v1/webhooks/${id}/test`);
  const { deliveries } = service.database;
  const bodies = [...(await deliveries.list(job.id, 1)), ...(await deliveries.list(id, 1))].map(({ body }) => body);
  const batch = await send("POST", "/api/v1/batches", { urls: ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"] });
  await send("POST", `/api/v1/batches/${((await batch.json()) as { id: string }).id}/cancel`);
  bodies.push(...(await deliveries.list(id, 1)).map(({ body }) => body));
  expect(bodies.map((body) => (JSON.parse(body) as { type: string }).type)).toEqual([
    "job.canceled",
    "webhook.test",
    "batch.finished",
  ]);
  for (const body of bodies) expect(breaches(body)).toEqual([]);
  expect(breaches('{"type":"webhook.test"}')).not.toEqual([]);
});
