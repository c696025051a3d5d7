import type { IncomingMessage } from "node:http";
import { type BodyPace, watchPace } from "./body-pace.ts";

const wentAway = (): Error => new Error("The client went away in the middle of its request.");

/** The whole body. Rejects when it comes too slowly, or its client goes away. */
export function readBody(incoming: IncomingMessage, pace: BodyPace): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    const onData = (chunk: Uint8Array): void => {
      watch.came(chunk.byteLength);
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      stop();
      const [first] = chunks;
      resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks));
    };
    const fail = (error: Error): void => {
      stop();
      reject(error);
    };
    const onClose = (): void => fail(wentAway());
    const watch = watchPace(pace, fail);
    const stop = (): void => {
      watch.stop();
      incoming.off("data", onData).off("end", onEnd).off("close", onClose);
    };
    if (incoming.destroyed) return onClose();
    incoming.on("end", onEnd).on("close", onClose).on("data", onData);
  });
}

/** The body as a stream, of which nothing is taken from the connection before it is asked for. */
export function streamBody(incoming: IncomingMessage, pace: BodyPace): ReadableStream<Uint8Array> {
  let stop = (): void => undefined;
  let watch: ReturnType<typeof watchPace> | undefined;
  let fail = (_error: Error): void => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const onData = (chunk: Uint8Array): void => {
          incoming.pause();
          watch?.came(chunk.byteLength);
          controller.enqueue(chunk);
        };
        const onEnd = (): void => {
          stop();
          controller.close();
        };
        const onClose = (): void => fail(wentAway());
        fail = (error) => {
          stop();
          controller.error(error);
        };
        stop = () => {
          watch?.stop();
          incoming.off("data", onData).off("end", onEnd).off("close", onClose);
        };
        incoming.on("data", onData).on("end", onEnd).on("close", onClose);
        incoming.pause();
      },
      pull() {
        // The time until the app asks for the body is not the client's.
        watch ??= watchPace(pace, fail);
        incoming.resume();
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0 },
  );
}
