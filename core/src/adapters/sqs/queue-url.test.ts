import { describe, expect, test } from "bun:test";
import { formatHint, parseHint } from "./message.ts";
import { parseQueueUrl } from "./queue-url.ts";

describe("the address of a queue", () => {
  test.each([
    ["https://sqs.eu-west-1.amazonaws.com/123456789012/vidferry", "eu-west-1"],
    ["https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/vidferry", "us-gov-west-1"],
    ["https://eu-central-1.queue.amazonaws.com/123456789012/vidferry", "eu-central-1"],
    ["https://vpce-1a-2b.sqs.ap-southeast-2.vpce.amazonaws.com/123456789012/vidferry", "ap-southeast-2"],
    ["https://sqs.cn-north-1.amazonaws.com.cn/123456789012/vidferry", "cn-north-1"],
    ["https://sqs.eu-west-1.api.aws/123456789012/vidferry", "eu-west-1"],
    ["http://127.0.0.1:9324/000000000000/vidferry", "us-east-1"],
    ["http://127.0.0.1:9324/000000000000/vidferry?region=eu-north-1", "eu-north-1"],
  ])("%s has a region and three lanes", (text, region) => {
    const { urls, endpoint, ...rest } = parseQueueUrl(text);
    const base = text.split("?")[0];
    expect(rest.region).toBe(region);
    expect(endpoint).toBe(new URL(text).origin);
    expect(urls).toEqual({ high: `${base}-high`, normal: base, low: `${base}-low` } as typeof urls);
  });

  test.each([
    ["vidferry", /must look like/],
    ["sqs://vidferry", /must look like/],
    ["https://key:secret@sqs.eu-west-1.amazonaws.com/1/vidferry", /no credentials/],
    ["https://sqs.eu-west-1.amazonaws.com/1/vidferry.fifo", /FIFO/],
    ["https://sqs.eu-west-1.amazonaws.com/vidferry", /account and the name/],
    ["https://sqs.eu-west-1.amazonaws.com/1/a/b", /account and the name/],
    ["https://sqs.eu-west-1.amazonaws.com/1/vidferry?endpoint=x", /unknown parameter "endpoint"/],
  ])("%s is refused in words, without what it holds", (text, message) => {
    expect(() => parseQueueUrl(text)).toThrow(message);
    expect(() => parseQueueUrl(text)).not.toThrow(/secret/);
  });
});

describe("a hint in a message", () => {
  const job = "job_00000000000000000000000000000000";

  test("keeps its delay, of which SQS does the whole seconds, a quarter of an hour at most", () => {
    expect(formatHint(job, 0, 5)).toMatchObject({ delaySeconds: 0 });
    const short = formatHint(job, 1_500, 5);
    expect(short.delaySeconds).toBe(1);
    expect(parseHint(short.body, 5)).toEqual({ jobId: job, dueAt: 1_505 });
    const long = formatHint(job, 3_600_000, 5);
    expect(long.delaySeconds).toBe(900);
    expect(parseHint(long.body, 900_005)).toEqual({ jobId: job, dueAt: 3_600_005 });
  });

  test("is never held back for longer than its delay, however much the sender's clock is ahead", () => {
    const { body } = formatHint(job, 2_000, 10_000_000);
    expect(parseHint(body, 1_000)).toEqual({ jobId: job, dueAt: 3_000 });
  });
});
