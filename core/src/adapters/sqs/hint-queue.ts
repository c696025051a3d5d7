import { type Message, SQSClient } from "@aws-sdk/client-sqs";
import { AppError, toAppError } from "../../errors/app-error.ts";
import type { Delivery, HintQueue, ReceiveOptions } from "../../jobs/hint-queue.ts";
import type { Priority } from "../../jobs/request-values.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { createInbox, type Waiting } from "./inbox.ts";
import { type LaneQueue, openLane } from "./lane.ts";
import { formatHint, parseHint } from "./message.ts";
import { parseQueueUrl } from "./queue-url.ts";

/** How {@link sqsHintQueue} is set up. */
export interface SqsHintQueueOptions {
  /** `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`; see `parseQueueUrl`. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** A delivery that was not acknowledged for this long comes again; SQS counts in seconds. Default: 30,000 ms. */
  readonly redeliverMs?: number;
  /** How long a request waits for messages, in seconds, 20 at most. Default: 20. */
  readonly waitSeconds?: number;
  /** How long SQS may take to answer, the wait for messages aside. Default: 3,000 ms. */
  readonly answerMs?: number;
  /** Default: the environment's, or the machine's role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const lanes = ["high", "normal", "low"] as const satisfies readonly Priority[];
// Receivers come and go within milliseconds; a hint that found none is kept for so long before it goes back.
const keepMs = 250;
// The clock of another machine may be this much behind without consequences.
const nearMs = 1_000;
const longestHideSeconds = 43_200;
const awayMs = 500;
const longestAwayMs = 10_000;

/**
 * Delivers hints through Amazon SQS: a standard queue for each lane. Messages are hints, so all that SQS may do with them is
 * harmless: deliver twice, in another order, or not at all.
 *
 * A receiver first asks the lanes for what is there, the highest first. Then a request waits at each lane, which costs
 * little and is never cut off before the queue closes: what SQS had just put into its answer would be hidden for half a
 * minute. What such a request brings when nobody receives any more goes back.
 */
export function sqsHintQueue(options: SqsHintQueueOptions): HintQueue {
  const { clock, logger, redeliverMs = 30_000, waitSeconds = 20, answerMs = 3_000 } = options;
  const { urls, endpoint, region } = parseQueueUrl(options.url);
  const client = new SQSClient({
    endpoint,
    useQueueUrlAsEndpoint: false,
    ...(region !== undefined && { region }),
    ...(options.credentials !== undefined && { credentials: options.credentials }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: (waitSeconds + 10) * 1_000,
      throwOnRequestTimeout: true,
    },
  });
  const redeliverSeconds = Math.max(1, Math.ceil(redeliverMs / 1_000));
  const queues = Object.fromEntries(
    lanes.map((lane) => [lane, openLane(client, urls[lane], { redeliverSeconds, answerMs })]),
  ) as Readonly<Record<Priority, LaneQueue>>;
  const inbox = createInbox();
  const closing = new AbortController();
  /** Requests that wait at a lane. */
  const standing = new Map<Priority, Promise<void>>();
  /** Ends the pauses of receivers. */
  const receivers = new Set<AbortController>();
  let asking: Promise<void> | null = null;
  /** Hints that receivers wait for. */
  let wanted = 0;
  let receiving = 0;
  let failures = 0;
  let trouble: AppError | null = null;
  let givingBack: ReturnType<typeof setTimeout> | null = null;

  const now = (): number => clock.now().getTime();

  const setTrouble = (error: AppError | null): void => {
    if (error !== null && trouble?.message !== error.message) {
      logger?.warn("hints cannot be received; idle workers ask the database meanwhile", {
        detail: error.message,
        hint: error.hint,
        error,
      });
    }
    if (error === null && trouble !== null) logger?.info("hints are received again");
    failures = error === null ? 0 : failures + 1;
    trouble = error;
  };

  const wake = (): void => {
    for (const receiver of receivers) receiver.abort();
  };

  /** Puts messages into the inbox. */
  const admit = (lane: Priority, messages: readonly Message[]): void => {
    const at = now();
    for (const { Body = "", ReceiptHandle: receipt = "" } of messages) {
      const hint = parseHint(Body, at);
      const later = Math.ceil(((hint?.dueAt ?? at) - at) / 1_000);
      if (hint === null) {
        logger?.warn("a message that is not a hint was thrown away", { lane });
        settle(queues[lane].remove(receipt));
      } else if (later * 1_000 > nearMs + keepMs) {
        settle(queues[lane].hide(receipt, Math.min(later, longestHideSeconds)));
      } else {
        inbox.add({ delivery: { jobId: hint.jobId, lane, receipt }, dueAt: hint.dueAt });
      }
    }
    giveBackLater();
  };

  /** For what may fail: the message comes again. */
  const settle = (work: Promise<void>): void => {
    work.catch((error: unknown) =>
      logger?.debug("a message was not settled, it will come again", { error: String(error) }),
    );
  };

  const hideAll = (all: readonly Waiting[]): Promise<unknown> => {
    const at = now();
    return Promise.allSettled(
      all.map(({ delivery, dueAt }) =>
        queues[delivery.lane].hide(delivery.receipt, Math.max(0, Math.ceil(((dueAt ?? at) - at) / 1_000))),
      ),
    );
  };

  /** What is in the inbox goes to another process when nobody receives here. */
  const giveBackLater = (): void => {
    if (givingBack !== null || receiving > 0 || inbox.isEmpty()) return;
    givingBack = setTimeout(() => {
      givingBack = null;
      if (receiving === 0) void hideAll(inbox.clear());
    }, keepMs);
  };

  /** Asks the lanes at which no request waits, the highest first, until there is enough. */
  const look = async (): Promise<void> => {
    for (const lane of lanes) {
      const missing = wanted - inbox.due(now());
      if (missing <= 0) return;
      if (standing.has(lane)) continue;
      admit(lane, await queues[lane].receive(missing, 0, closing.signal));
      if (trouble !== null) setTrouble(null);
    }
  };

  /** Lets a request wait at each lane. */
  const stand = (): void => {
    for (const lane of lanes) {
      if (standing.has(lane)) continue;
      const waits = queues[lane]
        .receive(Math.max(1, wanted), waitSeconds, closing.signal)
        // The next look says what is wrong, and pauses.
        .catch((): readonly Message[] => [])
        .then((messages) => {
          standing.delete(lane);
          admit(lane, messages);
          wake();
        });
      standing.set(lane, waits);
    }
  };

  const ask = async (): Promise<void> => {
    try {
      await look();
      if (inbox.due(now()) === 0 && receiving > 0) stand();
    } catch (error) {
      if (closing.signal.aborted) return;
      setTrouble(toAppError(error));
      wake();
      const pauseMs = Math.min(longestAwayMs, awayMs * 2 ** Math.min(failures, 10));
      await clock.sleep(pauseMs, closing.signal).catch(() => undefined);
    }
  };

  /** Requests go on in the background: a receiver comes back in its time also when SQS does not answer. */
  const askSoon = (): void => {
    if (asking !== null || standing.size === lanes.length || closing.signal.aborted) return;
    asking = ask().finally(() => {
      asking = null;
      wake();
    });
  };

  const receive = async ({ max, waitMs }: ReceiveOptions, stop: AbortSignal): Promise<readonly Delivery[]> => {
    const until = now() + waitMs;
    for (;;) {
      if (stop.aborted) return [];
      const ready = inbox.take(max, now());
      if (ready.length > 0 || now() >= until) return ready;
      const woken = new AbortController();
      receivers.add(woken);
      askSoon();
      const ms = Math.min(until, inbox.nextDueAt() ?? until) - now();
      await clock.sleep(Math.max(0, ms), AbortSignal.any([stop, woken.signal])).catch(() => undefined);
      receivers.delete(woken);
    }
  };

  return {
    async offer(hints, delayMs = 0) {
      if (closing.signal.aborted) throw new AppError("unavailable");
      await Promise.all(hints.map(({ jobId, lane }) => queues[lane].send(formatHint(jobId, delayMs, now()))));
    },

    async receive(request) {
      wanted += request.max;
      receiving += 1;
      try {
        return await receive(request, AbortSignal.any([request.signal, closing.signal]));
      } finally {
        wanted -= request.max;
        receiving -= 1;
        giveBackLater();
      }
    },

    async acknowledge(deliveries) {
      await Promise.all(
        deliveries.map(({ lane, receipt }) =>
          queues[lane].remove(receipt).catch((error: unknown) => {
            // Not a failure of the caller's work: the hint comes again, and the store refuses what is done.
            logger?.debug("a hint was not acknowledged, it will come again", { error: String(error) });
          }),
        ),
      );
    },

    async depth() {
      const [high = 0, normal = 0, low = 0] = await Promise.all(lanes.map((lane) => queues[lane].depth()));
      return { high, normal, low };
    },

    async check(signal) {
      const warnings = await Promise.all(lanes.map((lane) => queues[lane].check(signal)));
      // A role may be allowed to look at a queue and not to receive from it.
      if (trouble !== null) throw trouble;
      return warnings.flat();
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      if (givingBack !== null) clearTimeout(givingBack);
      await Promise.all([asking, ...standing.values()]);
      await hideAll(inbox.clear());
      await Promise.all(lanes.map((lane) => queues[lane].idle()));
      client.destroy();
    },
  };
}
