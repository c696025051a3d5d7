import { expect, test } from "bun:test";
import { parseStorageUrl } from "./storage-url.ts";

test("bucket, prefix and parameters are read", () => {
  expect(parseStorageUrl("s3://my-bucket")).toEqual({ bucket: "my-bucket", prefix: "" });
  expect(
    parseStorageUrl("s3://my-bucket/a/b/?region=eu-central-1&endpoint=http://127.0.0.1:9000&pathStyle=false"),
  ).toEqual({
    bucket: "my-bucket",
    prefix: "a/b/",
    region: "eu-central-1",
    endpoint: "http://127.0.0.1:9000",
    pathStyle: false,
  });
});

test.each([
  ["https://my-bucket", "must look like"],
  ["nonsense", "must look like"],
  ["s3://key:secret@my-bucket", "AWS_ACCESS_KEY_ID"],
  ["s3://B", "no valid bucket"],
  ["s3://my-bucket/../x y", "prefix"],
  ["s3://my-bucket?Region=x", 'unknown parameter "Region"'],
  ["s3://my-bucket?pathStyle=yes", "pathStyle"],
  ["s3://my-bucket?endpoint=localhost:9000", "endpoint"],
  ["s3://my-bucket?endpoint=http://u:p@host", "endpoint"],
])("%j is refused and told why", (url, why) => {
  expect(() => parseStorageUrl(url)).toThrow(
    expect.objectContaining({ code: "invalid_request", message: expect.stringContaining(why) }),
  );
  expect(() => parseStorageUrl(url)).not.toThrow(/secret/);
});
