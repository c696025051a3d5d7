import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { createBatcher } from "../system/batcher.ts";
import { sqsError } from "./sqs-error.ts";

/** What one request may carry. */
const mostAtOnce = 10;

/** A message to send. */
export interface Outgoing {
  readonly body: string;
  readonly delaySeconds: number;
}

/** The queue of one lane; methods reject with `unavailable`. */
export interface LaneQueue {
  send(message: Outgoing): Promise<void>;
  /** Takes messages, up to `max`; waits for the first one for so many seconds. */
  receive(max: number, waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]>;
  remove(receipt: string): Promise<void>;
  /** Lets a message that was received come again after this time. */
  hide(receipt: string, seconds: number): Promise<void>;
  /** Messages that wait, approximately. */
  depth(): Promise<number>;
  /** Warnings about its settings. */
  check(signal?: AbortSignal): Promise<readonly string[]>;
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>;
}

/** A single failure of a batch, as the client throws it for a whole request. */
const failureOf = (code: string | undefined, message: string | undefined): Error =>
  Object.assign(new Error(message ?? "the message was refused"), { name: code ?? "Unknown" });

/** With fewer deliveries a hint ends in the dead-letter queue because workers were restarted. */
const fewestDeliveries = 10;

/** How {@link openLane} works. */
export interface LaneOptions {
  readonly redeliverSeconds: number;
  /** How long SQS may take to answer, in milliseconds, the wait for messages aside. */
  readonly answerMs: number;
}

/** Opens the queue at an address. */
export function openLane(client: SQSClient, url: string, { redeliverSeconds, answerMs }: LaneOptions): LaneQueue {
  /** Callers wait for these requests, so an SQS that hangs must not hold them up. */
  const inTime = (signal?: AbortSignal) => {
    const late = AbortSignal.timeout(answerMs);
    return { abortSignal: signal === undefined ? late : AbortSignal.any([signal, late]) };
  };
  const named = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw sqsError(error, doing, url);
    }
  };

  /** Sends items together, and gives each its own result: SQS refuses single entries of a batch. */
  const together = <Item>(
    doing: string,
    request: (entries: readonly { readonly Id: string; readonly item: Item }[]) => Promise<{
      readonly Failed?:
        | readonly {
            readonly Id?: string | undefined;
            readonly Code?: string | undefined;
            readonly Message?: string | undefined;
          }[]
        | undefined;
    }>,
  ) =>
    createBatcher<Item, Error | null>(mostAtOnce, async (items) => {
      const { Failed = [] } = await named(doing, () => request(items.map((item, i) => ({ Id: String(i), item }))));
      return items.map((_, i) => {
        const failed = Failed.find(({ Id }) => Id === String(i));
        return failed === undefined ? null : sqsError(failureOf(failed.Code, failed.Message), doing, url);
      });
    });

  const sends = together<Outgoing>("Sending to", (entries) =>
    client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: entries.map(({ Id, item }) => ({ Id, MessageBody: item.body, DelaySeconds: item.delaySeconds })),
      }),
      inTime(),
    ),
  );
  const removals = together<string>("Acknowledging to", (entries) =>
    client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: entries.map(({ Id, item }) => ({ Id, ReceiptHandle: item })),
      }),
      inTime(),
    ),
  );
  const hidings = together<{ readonly receipt: string; readonly seconds: number }>("Giving back to", (entries) =>
    client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: entries.map(({ Id, item }) => ({ Id, ReceiptHandle: item.receipt, VisibilityTimeout: item.seconds })),
      }),
      inTime(),
    ),
  );
  const orThrow = async (result: Promise<Error | null>): Promise<void> => {
    const error = await result;
    if (error !== null) throw error;
  };

  return {
    send: (message) => orThrow(sends.push(message)),
    remove: (receipt) => orThrow(removals.push(receipt)),
    hide: (receipt, seconds) => orThrow(hidings.push({ receipt, seconds })),

    receive: (max, waitSeconds, signal) =>
      named("Receiving from", async () => {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: url,
            MaxNumberOfMessages: Math.min(max, mostAtOnce),
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: redeliverSeconds,
          }),
          { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(answerMs + waitSeconds * 1_000)]) },
        );
        return Messages;
      }),

    depth: () =>
      named("Looking at", async () => {
        const request = { QueueUrl: url, AttributeNames: ["ApproximateNumberOfMessages" as const] };
        const { Attributes } = await client.send(new GetQueueAttributesCommand(request), inTime());
        return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
      }),

    check: (signal) =>
      named("Looking at", async () => {
        const request = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] });
        const { Attributes } = await client.send(request, inTime(signal));
        const most = deliveriesOf(Attributes?.RedrivePolicy);
        if (most === null || most >= fewestDeliveries) return [];
        const name = url.slice(url.lastIndexOf("/") + 1);
        return [
          `The queue ${name} gives a message up after ${most} deliveries (maxReceiveCount): set it to ${fewestDeliveries} or more, for hints come again when workers stop.`,
        ];
      }),

    idle: async () => {
      await Promise.all([sends.idle(), removals.idle(), hidings.idle()]);
    },
  };
}

/** After how many deliveries a message goes to the dead-letter queue; null without one. */
function deliveriesOf(redrivePolicy: string | undefined): number | null {
  try {
    const { maxReceiveCount } = JSON.parse(redrivePolicy ?? "{}") as { readonly maxReceiveCount?: unknown };
    return maxReceiveCount === undefined ? null : Number(maxReceiveCount);
  } catch {
    return null;
  }
}
