/** Queues of a test on a server that speaks SQS. */
export interface TestQueues extends AsyncDisposable {
  /** Address of the queue of the lane `normal`; those of the others end in `-high` and `-low`. */
  readonly url: string;
  readonly deadLetterUrl: string;
  /** Sends a request of the SQS API, such as `SendMessage`. */
  request(action: string, parameters: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
}

/**
 * Makes the queues of one test on a server without access control.
 * @param endpoint of moto or ElasticMQ
 */
export async function createTestQueues(
  endpoint: string,
  options: { readonly maxReceiveCount?: number } = {},
): Promise<TestQueues> {
  const name = `test-${crypto.randomUUID()}`;
  const request: TestQueues["request"] = async (action, parameters) => {
    const answer = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `AmazonSQS.${action}`,
        // Nobody checks it, but it says which service is meant.
        authorization:
          "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: JSON.stringify(parameters),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const urls: string[] = [];
  const create = async (queue: string, attributes: Readonly<Record<string, string>>): Promise<string> => {
    const { QueueUrl } = await request("CreateQueue", { QueueName: queue, Attributes: attributes });
    // Servers name themselves as they like.
    const url = new URL(new URL(String(QueueUrl)).pathname, endpoint).href;
    urls.push(url);
    return url;
  };
  const deadLetterUrl = await create(`${name}-dead`, {});
  const { Attributes } = await request("GetQueueAttributes", { QueueUrl: deadLetterUrl, AttributeNames: ["QueueArn"] });
  const { QueueArn } = Attributes as { readonly QueueArn: string };
  const redrive = { deadLetterTargetArn: QueueArn, maxReceiveCount: String(options.maxReceiveCount ?? 100) };
  const attributes = { RedrivePolicy: JSON.stringify(redrive) };
  const url = await create(name, attributes);
  for (const lane of ["high", "low"]) await create(`${name}-${lane}`, attributes);
  return {
    url,
    deadLetterUrl,
    request,
    [Symbol.asyncDispose]: async () => {
      for (const each of urls) await request("DeleteQueue", { QueueUrl: each }).catch(() => undefined);
    },
  };
}
