import { expect, test } from "bun:test";
import { createContract } from "./contract.ts";
import { createHarness } from "./harness.ts";

const file = "/api/v1/downloads/job_1/files/art_1";
const ofFile = {
  "x-request-id": "req_1",
  etag: '"1"',
  "accept-ranges": "bytes",
  "content-disposition": "attachment",
  "content-length": "1",
};

test("an answer breaks the document by a header that is not described, and by one that is promised and missing", async () => {
  const { breachesOf } = createContract(createHarness().app);
  const answer = (headers: Record<string, string>) => new Response("x", { headers });
  expect(await breachesOf("GET", file, answer(ofFile))).toEqual([]);
  const { etag: _, ...withoutTag } = ofFile;
  const here = "GET /api/v1/downloads/{id}/files/{artifactId} 200";
  expect(await breachesOf("GET", file, answer({ ...withoutTag, "x-new": "1" }))).toEqual([
    `${here}: the header x-new is not documented`,
    `${here}: the header etag is missing`,
  ]);
  const limited = answer({ ...ofFile, ratelimit: '"requests";r=1;t=1' });
  expect(await breachesOf("GET", file, limited)).toEqual([]);
});
