import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { blobStoreConformance } from "@vidferry/testing/conformance";
import { testS3Credentials, useService } from "@vidferry/testing/services";
import { s3Blobs } from "./blob-store.ts";

blobStoreConformance({
  describe,
  test,
  expect,
  beforeAll,
  afterAll,
  name: "S3 protocol server",
  create: async () => {
    const endpoint = await useService("s3");
    const bucket = `t-${crypto.randomUUID()}`;
    const client = new S3Client({
      endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: testS3Credentials,
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return {
      store: s3Blobs({ bucket, prefix: "some/prefix/", endpoint, credentials: testS3Credentials }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
});
