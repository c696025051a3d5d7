import { describe, expect, test } from "bun:test";
import { createRecordingLogger, eventually, startTcpProxy } from "@vidferry/testing";
import { hintQueueConformance, newHint } from "@vidferry/testing/conformance";
import { createTestQueues, missingService, testS3Credentials, useService } from "@vidferry/testing/services";
import type { HintQueue } from "../../jobs/hint-queue.ts";
import { systemClock } from "../system/clock.ts";
import { type SqsHintQueueOptions, sqsHintQueue } from "./hint-queue.ts";

/** The S3 test server speaks SQS too; another one, such as ElasticMQ, may be named. */
const endpointOf = async (): Promise<string> => process.env["TEST_SQS_ENDPOINT"] ?? (await useService("s3"));
const never = new AbortController().signal;

const open = (url: string, options: Partial<SqsHintQueueOptions> = {}): HintQueue & AsyncDisposable => {
  const queue = sqsHintQueue({ url, clock: systemClock, credentials: testS3Credentials, waitSeconds: 2, ...options });
  return { ...queue, [Symbol.asyncDispose]: queue.close };
};

describe.skipIf(missingService("s3") !== undefined)("sqs on a server for s3 and sqs", () => {
  hintQueueConformance({
    ...{ describe, test, expect, name: "sqs" },
    create: async ({ redeliverMs }) => {
      const queues = await createTestQueues(await endpointOf());
      const queue = open(queues.url, { redeliverMs });
      return {
        queue,
        put: (hints, delayMs = 0) => queue.offer(hints, delayMs),
        settle: (deliveries) => queue.acknowledge(deliveries),
        [Symbol.asyncDispose]: async () => {
          await queue.close();
          await queues[Symbol.asyncDispose]();
        },
      };
    },
  });

  test("throws away messages that are no hints, and goes on", async () => {
    await using queues = await createTestQueues(await endpointOf());
    await using queue = open(queues.url);
    for (const text of ["{", "null", "7", '{"job":"../x"}', '{"job":"job_1; DROP TABLE jobs"}'])
      await queues.request("SendMessage", { QueueUrl: queues.url, MessageBody: text });
    const hint = newHint();
    await queue.offer([hint]);
    const seen: string[] = [];
    await eventually(async () => {
      const some = await queue.receive({ max: 10, waitMs: 1_000, signal: never });
      seen.push(...some.map(({ jobId }) => jobId));
      await queue.acknowledge(some);
      return seen.length > 0;
    });
    expect(seen).toEqual([hint.jobId]);
    await eventually(async () => (await queue.depth()).normal === 0);
  });

  test("what comes when nobody receives any more goes to another process at once", async () => {
    await using queues = await createTestQueues(await endpointOf());
    await using full = open(queues.url, { waitSeconds: 20 });
    await using free = open(queues.url);
    // Leaves requests that wait.
    expect(await full.receive({ max: 1, waitMs: 300, signal: never })).toEqual([]);
    const hint = newHint();
    await full.offer([hint]);
    expect(await free.receive({ max: 1, waitMs: 20_000, signal: never })).toMatchObject([hint]);
  });

  test("a hint that nobody acknowledges ends in the dead-letter queue, and the job can be offered again", async () => {
    await using queues = await createTestQueues(await endpointOf(), { maxReceiveCount: 1 });
    await using queue = open(queues.url, { redeliverMs: 1_000 });
    const hint = newHint();
    await queue.offer([hint]);
    expect(await queue.receive({ max: 1, waitMs: 10_000, signal: never })).toMatchObject([hint]);
    expect(await queue.check()).toContainEqual(expect.stringContaining("maxReceiveCount"));
    await eventually(
      async () => {
        await queue.receive({ max: 1, waitMs: 100, signal: never });
        const request = { QueueUrl: queues.deadLetterUrl, AttributeNames: ["ApproximateNumberOfMessages"] };
        const { Attributes } = await queues.request("GetQueueAttributes", request);
        return (Attributes as Record<string, string>)["ApproximateNumberOfMessages"] === "1";
      },
      { timeoutMs: 60_000 },
    );
    await queue.offer([hint]);
    expect(await queue.receive({ max: 1, waitMs: 10_000, signal: never })).toMatchObject([hint]);
  });

  test("a queue that was deleted is named, receivers come back in their time, and a new one is found", async () => {
    await using queues = await createTestQueues(await endpointOf());
    const logger = createRecordingLogger();
    await using queue = open(queues.url, { logger });
    await queues.request("DeleteQueue", { QueueUrl: queues.url });
    expect(await queue.receive({ max: 1, waitMs: 300, signal: never })).toEqual([]);
    const name = queues.url.slice(queues.url.lastIndexOf("/") + 1);
    const gone = {
      code: "unavailable",
      message: expect.stringContaining(`the queue ${name} failed: it does not exist`),
    };
    await expect(queue.offer([newHint()])).rejects.toMatchObject(gone);
    await expect(queue.check()).rejects.toMatchObject({
      ...gone,
      permanent: true,
      hint: expect.stringContaining("QUEUE_URL"),
    });
    await eventually(() => logger.lines.some(({ fields }) => String(fields["detail"]).includes("it does not exist")));
    await queues.request("CreateQueue", { QueueName: name });
    const hint = newHint();
    await queue.offer([hint]);
    let received: readonly unknown[] = [];
    await eventually(
      async () => {
        received = await queue.receive({ max: 1, waitMs: 1_000, signal: never });
        return received.length > 0;
      },
      { timeoutMs: 60_000 },
    );
    expect(received).toMatchObject([hint]);
    await queue.check();
  });

  test("a server that hangs holds up no receiver, and an acknowledgement that was lost brings the hint again", async () => {
    const endpoint = new URL(await endpointOf());
    await using queues = await createTestQueues(endpoint.href);
    await using proxy = await startTcpProxy({ port: Number(endpoint.port) });
    const url = new URL(queues.url);
    url.port = String(proxy.port);
    await using queue = open(url.href, { redeliverMs: 1_000 });
    await using hasty = open(url.href, { answerMs: 200 });
    const hint = newHint();
    await queue.offer([hint]);
    const first = await queue.receive({ max: 1, waitMs: 10_000, signal: never });
    expect(first).toMatchObject([hint]);
    proxy.reset();
    await queue.acknowledge([{ ...hint, receipt: "lost" }]);
    expect(await queue.receive({ max: 1, waitMs: 20_000, signal: never })).toMatchObject([hint]);
    proxy.blackhole();
    expect(await queue.receive({ max: 1, waitMs: 300, signal: never })).toEqual([]);
    // Who submits a job waits for this.
    await expect(hasty.offer([newHint()])).rejects.toMatchObject({
      message: expect.stringContaining("cannot be reached"),
    });
    proxy.resume();
    proxy.reset();
  });
});

/** A server that answers everything with one error. */
function refusing(status: number, type: string) {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      Response.json(
        { __type: `com.amazonaws.sqs#${type}`, message: "no" },
        { status, headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-query-error": `${type};Sender` } },
      ),
  });
  return { url: `http://127.0.0.1:${server.port}/1/vidferry`, [Symbol.asyncDispose]: () => server.stop(true) };
}

describe("sqs that refuses", () => {
  test.each([
    [403, "AccessDeniedException", true, "access was refused", "sqs:ReceiveMessage"],
    [403, "InvalidClientTokenId", true, "access was refused", "sqs:ReceiveMessage"],
    [400, "QueueDoesNotExist", true, "it does not exist", "QUEUE_URL"],
    [400, "RequestThrottled", false, "SQS asks for fewer requests", "jobs start all the same"],
    [503, "ServiceUnavailable", false, "SQS had an error", "tried again"],
  ])(
    "%d %s is said in words, and receivers come back empty in their time",
    async (status, type, permanent, detail, hint) => {
      await using server = refusing(status, type);
      await using queue = open(server.url);
      const failure = {
        code: "unavailable",
        permanent,
        message: expect.stringContaining(detail),
        hint: expect.stringContaining(hint),
      };
      await expect(queue.check()).rejects.toMatchObject(failure);
      await expect(queue.offer([newHint()])).rejects.toMatchObject(failure);
      expect(await queue.receive({ max: 1, waitMs: 100, signal: never })).toEqual([]);
    },
  );

  test("nobody there is said in words", async () => {
    await using queue = open("http://127.0.0.1:1/1/vidferry");
    await expect(queue.offer([newHint()])).rejects.toMatchObject({
      message: expect.stringContaining("cannot be reached"),
    });
  });
});
