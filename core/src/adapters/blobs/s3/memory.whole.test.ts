import { expect, test } from "bun:test";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { testS3Credentials as credentials, useService } from "@vidferry/testing/services";
import { s3Blobs } from "./blob-store.ts";

const mebibyte = 1024 * 1024;
const megabytes = 200;

/** What is still in use, in MiB: garbage that is not collected yet would hide it, so it is collected first. */
function inUse(): number {
  Bun.gc(true);
  return process.memoryUsage().rss / mebibyte;
}

test("memory in use does not grow with the size, neither while storing nor while reading", async () => {
  const endpoint = await useService("s3");
  const bucket = `t-${crypto.randomUUID()}`;
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  const store = s3Blobs({ bucket, endpoint, credentials });
  await store.check();

  const before = inUse();
  let most = 0;
  let given = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given === megabytes) controller.close();
      else controller.enqueue(new Uint8Array(mebibyte));
      if (given % 40 === 39) most = Math.max(most, inUse());
      given += 1;
    },
  });
  await store.put("big", { kind: "stream", stream }, { contentType: "video/mp4" });
  let read = 0;
  for await (const chunk of (await store.open("big"))!.body) {
    if (Math.floor(read / (50 * mebibyte)) !== Math.floor((read + chunk.byteLength) / (50 * mebibyte))) {
      most = Math.max(most, inUse());
    }
    read += chunk.byteLength;
  }
  await store.remove(["big"]);
  await store.close();
  expect(read).toBe(megabytes * mebibyte);
  expect(most - before).toBeLessThan(120);
});
