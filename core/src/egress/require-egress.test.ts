import { expect, test } from "bun:test";
import { createServiceFixture } from "@vidferry/testing";
import { BatchRequest } from "../batches/batch-request.ts";
import { createBatch } from "../batches/create-batch.ts";
import { defaultHostPolicy } from "../sources/source-url.ts";

test("a batch that names an egress that is not there is refused by the field, and nothing of it is written", async () => {
  await using fixture = await createServiceFixture();
  const { deps } = fixture;
  const create = async (egress: string) => {
    const request = BatchRequest.parse({
      urls: ["https://www.youtube.com/watch?v=aaaaaaaaaaa"],
      request: { egress },
    });
    const policy = { hosts: defaultHostPolicy, maxAttempts: 3 };
    return await createBatch(deps, policy, { owner: "ada", request, requestId: null });
  };
  await expect(create("nowhere")).rejects.toMatchObject({
    code: "invalid_request",
    fields: [{ path: "/request/egress", message: 'there is no egress or pool with the name "nowhere"' }],
  });
  expect(await create("direct")).toMatchObject({ kind: "written" });
});
