import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateBucketCommand, CreateMultipartUploadCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { eventually } from "@vidferry/testing";
import { bytesOf, streamOf } from "@vidferry/testing/conformance";
import { testS3Credentials as credentials, useService } from "@vidferry/testing/services";
import type { BlobStore } from "../../../library/blob-store.ts";
import { type S3BlobsOptions, s3Blobs } from "./blob-store.ts";

const contentType = "video/mp4";
const text = (content: string) => ({ kind: "stream", stream: streamOf(new TextEncoder().encode(content)) }) as const;

describe("S3 blobs", () => {
  const bucket = `t-${crypto.randomUUID()}`;
  let endpoint: string;
  let client: S3Client;
  let store: BlobStore;
  const opened: BlobStore[] = [];
  const open = (options: S3BlobsOptions): BlobStore => {
    const made = s3Blobs(options);
    opened.push(made);
    return made;
  };

  beforeAll(async () => {
    endpoint = await useService("s3");
    client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    store = open({ url: `s3://${bucket}/pre?endpoint=${endpoint}`, credentials });
  });
  afterAll(async () => {
    client.destroy();
    for (const one of opened) await one.close();
  });

  /** A server in front of the store that answers some requests itself. */
  function inFront(answer: (request: Request) => Response | Promise<Response | null> | null) {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const own = await answer(request);
        if (own !== null) return own;
        const url = new URL(request.url);
        const body = request.body === null ? null : await request.arrayBuffer();
        return fetch(`${endpoint}${url.pathname}${url.search}`, {
          method: request.method,
          headers: request.headers,
          body,
        });
      },
    });
    return { endpoint: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
  }

  test("a link opens without credentials, and gives the file its real name and type", async () => {
    await store.put("links/a.mp4", text("hello"), { contentType });
    const link = (await store.link("links/a.mp4", {
      fileName: "Schöner Tag 🗼.mp4",
      contentType,
      expiresInSeconds: 60,
    }))!;
    // moto keeps a request's headers where another request at the same time can wipe them.
    const answer = await eventually(async () => {
      const response = await fetch(link);
      return response.headers.has("content-disposition") ? response : null;
    });
    expect(await answer.text()).toBe("hello");
    expect(answer.headers.get("content-type")).toBe(contentType);
    expect(decodeURIComponent(answer.headers.get("content-disposition")!.split("UTF-8''")[1]!)).toBe(
      "Schöner Tag 🗼.mp4",
    );
    expect(new URL(link).searchParams.get("X-Amz-Expires")).toBe("60");
  });

  test("a link's life is cut to the seven days that S3 allows, and it names the public endpoint", async () => {
    const outside = open({ bucket, endpoint, publicEndpoint: "https://files.test:9443", credentials });
    const link = await outside.link("a", { fileName: "a", contentType, expiresInSeconds: 99_999_999 });
    expect(new URL(link!).origin).toBe("https://files.test:9443");
    expect(new URL(link!).searchParams.get("X-Amz-Expires")).toBe("604800");
  });

  test("with CloudFront a link goes there, signed, with name and type", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const cdn = {
      url: "https://d1.cloudfront.test/",
      keyPairId: "K1",
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    };
    const link = await open({ bucket, prefix: "pre/", endpoint, credentials, cdn }).link("a/b.mp4", {
      fileName: "x y.mp4",
      contentType,
      expiresInSeconds: 60,
    });
    const url = new URL(link!);
    expect(url.origin + url.pathname).toBe("https://d1.cloudfront.test/pre/a/b.mp4");
    expect(url.searchParams.get("response-content-disposition")).toBe('attachment; filename="x y.mp4"');
    expect(url.searchParams.get("Key-Pair-Id")).toBe("K1");
    expect(url.searchParams.get("Signature")).not.toBe("");
    expect(url.search).not.toContain("+");
  });

  test("a list of more than one page is complete, and what is not ours is passed over", async () => {
    const keys = Array.from({ length: 45 }, (_, index) => `pages/${index}`);
    const put = (Key: string) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x" }));
    await Promise.all(keys.map((key) => put(`pre/${key}`)));
    await Promise.all(["pre/pages/foreign name", "pre/pages/.hidden", "pages/outside"].map(put));
    let pages = 0;
    // Small pages, which a store may give.
    await using front = inFront((request) => {
      pages += 1;
      return fetch(`${endpoint}${new URL(request.url).pathname}${new URL(request.url).search}&max-keys=20`);
    });
    const paged = open({ bucket, prefix: "pre/", endpoint: front.endpoint, credentials });
    const listed: string[] = [];
    for await (const blob of paged.list("pages/")) listed.push(blob.key);
    expect(listed.sort()).toEqual(keys.sort());
    expect(pages).toBe(3);
  });

  test.each([
    [
      "leads back to the page it has just given",
      "<NextContinuationToken>a</NextContinuationToken><NextKeyMarker>a</NextKeyMarker>",
    ],
    ["does not say where its list goes on", ""],
  ])("a store that %s is not asked for ever", async (_what, next) => {
    const xml = (name: string) => new Response(`<${name}><IsTruncated>true</IsTruncated>${next}</${name}>`);
    await using front = inFront((request) =>
      xml(new URL(request.url).searchParams.has("uploads") ? "ListMultipartUploadsResult" : "ListBucketResult"),
    );
    const endless = open({ bucket, endpoint: front.endpoint, credentials });
    const refusal = { code: "storage_error", message: expect.stringContaining("does not lead to the next page") };
    await expect(Array.fromAsync(endless.list(""))).rejects.toMatchObject(refusal);
    await expect(Array.fromAsync(endless.listUploads(""))).rejects.toMatchObject(refusal);
  });

  test("uploads of others are never listed: not beside our prefix, not those whose keys could not be ours", async () => {
    const begun = ["pre/jobs/left", "pre/jobs/of another name", "pre/jobs-2/x", "prefix/jobs/x", "backups/db.tar"];
    for (const Key of begun) await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    const keys = async (from: BlobStore, prefix: string) => {
      const found: (string | null)[] = [];
      for await (const upload of from.listUploads(prefix)) found.push(upload.key);
      return found;
    };
    expect(await keys(store, "jobs/")).toEqual(["jobs/left"]);
    expect(await keys(open({ bucket, endpoint, credentials }), "jobs/")).toEqual([]);
    for await (const upload of store.listUploads("jobs/")) await store.abortUpload(upload);
    expect(await keys(store, "jobs/")).toEqual([]);
  });

  test("a store that knows no conditional writes can carry the mark too", async () => {
    await using front = inFront((request) =>
      request.headers.has("if-none-match")
        ? new Response("<Error><Code>NotImplemented</Code><Message>no</Message></Error>", { status: 501 })
        : null,
    );
    const plain = open({ bucket, prefix: "plain/", endpoint: front.endpoint, credentials });
    const [one, other] = [`dep_${"1".repeat(32)}`, `dep_${"2".repeat(32)}`] as const;
    expect(await plain.mark.claim(one)).toBe(one);
    expect(await plain.mark.claim(other)).toBe(one);
  });

  test("a missing bucket is named, with the fix", async () => {
    const missing = open({ bucket: "no-such-bucket", endpoint, credentials });
    await expect(missing.check()).rejects.toMatchObject({
      code: "storage_error",
      message: expect.stringContaining("no-such-bucket"),
      hint: expect.stringContaining("Create the bucket"),
    });
  });

  test("a refused access is named, with the fix, and does not show the keys", async () => {
    const denied = `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`;
    await using front = inFront(() => new Response(denied, { status: 403 }));
    const error = await open({ bucket, endpoint: front.endpoint, credentials })
      .check()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "storage_error", hint: expect.stringContaining("AWS_ACCESS_KEY_ID") });
  });

  test("an unreachable store is said to be unreachable, without its address", async () => {
    const away = open({ bucket, endpoint: "http://127.0.0.1:9", credentials });
    const error = await away.check().catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: "storage_error", message: expect.stringContaining("cannot be reached") });
    expect(String(error)).not.toContain("127.0.0.1");
  });

  test("a store that never answers does not hang a call", async () => {
    await using front = inFront(() => new Promise<Response>(() => undefined));
    const silent = open({ bucket, endpoint: front.endpoint, credentials, timeouts: { requestMs: 200 } });
    await expect(silent.check()).rejects.toMatchObject({ code: "storage_error" });
  });

  test("SlowDown is waited out", async () => {
    let refusals = 2;
    const slowDown = `<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`;
    await using front = inFront(() => (refusals-- > 0 ? new Response(slowDown, { status: 503 }) : null));
    const busy = open({ bucket, endpoint: front.endpoint, credentials });
    expect(await busy.put("slow/a", text("hello"), { contentType })).toMatchObject({ bytes: 5 });
    expect(refusals).toBeLessThan(0);
  });

  test("a part that keeps failing fails the put and leaves no parts", async () => {
    const broken = `<Error><Code>InternalError</Code><Message>sorry</Message></Error>`;
    await using front = inFront((request) =>
      new URL(request.url).searchParams.get("partNumber") === "2" ? new Response(broken, { status: 500 }) : null,
    );
    const failing = open({ bucket, prefix: "parts/", endpoint: front.endpoint, credentials });
    const megabytes = Array.from({ length: 22 }, () => new Uint8Array(1024 * 1024));
    const put = failing.put("big", { kind: "stream", stream: streamOf(...megabytes) }, { contentType });
    await expect(put).rejects.toMatchObject({ code: "storage_error" });
    expect(await failing.stat("big")).toBeNull();
    for await (const upload of failing.listUploads("")) throw new Error(`left: ${upload.key}`);
  });

  test("a full store is storage_full", async () => {
    const full = `<Error><Code>XMinioStorageFull</Code><Message>full</Message></Error>`;
    await using front = inFront(() => new Response(full, { status: 507 }));
    const put = open({ bucket, endpoint: front.endpoint, credentials }).put("a", text("x"), { contentType });
    await expect(put).rejects.toMatchObject({ code: "storage_full" });
  });

  test("a body whose connection breaks goes on where it broke", async () => {
    const content = new Uint8Array(3_000_000).map((_, index) => index % 251);
    await store.put("resume/a", { kind: "stream", stream: streamOf(content) }, { contentType });
    const ranges: (string | undefined)[] = [];
    const front = createServer(async (request, response) => {
      ranges.push(request.headers.range);
      const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
      const answer = await fetch(`${endpoint}${request.url}`, { headers });
      const bytes = await answer.bytes();
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      // The first answer promises everything, gives a third and breaks off.
      if (ranges.length > 1) response.end(bytes);
      else response.write(bytes.subarray(0, 1_000_000), () => response.destroy());
    });
    await once(front.listen(0, "127.0.0.1"), "listening");
    const address = front.address() as AddressInfo;
    const through = open({ bucket, prefix: "pre/", endpoint: `http://127.0.0.1:${address.port}`, credentials });
    const body = await bytesOf((await through.open("resume/a"))!.body);
    front.closeAllConnections();
    front.close();
    expect(Buffer.compare(body, content)).toBe(0);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toMatch(/^bytes=\d+-2999999$/);
  });
});
