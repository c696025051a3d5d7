import type { IncomingMessage } from "node:http";
import { UnreadableRequest } from "../unreadable.ts";
import { type BodyPace, watchPace } from "./body-pace.ts";

/** A request as the app takes it. Where it cannot be taken as it stands, `refused` says why, and the request only where to. */
export interface ReadRequest {
  readonly request: Request;
  readonly refused?: UnreadableRequest;
}

// Of HTTP/1.0 clients that name no host; they reach the service, so its own name is right.
const unnamed = "localhost";

// Far more than any operation takes, and less than what a parser of queries needs time for.
const longestTarget = 8_192;
const mostParameters = 100;

/** Makes a `Request` of what Node's parser read. The body is read from the connection only as far as the app reads it. */
export function toRequest(incoming: IncomingMessage, signal: AbortSignal, pace: BodyPace): ReadRequest {
  const headers = new Headers();
  const { rawHeaders, method = "GET" } = incoming;
  let hosts = 0;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
    headers.append(name, rawHeaders[index + 1] ?? "");
  }
  const refuse = (message: string, hint: string, status: UnreadableRequest["status"] = 400): ReadRequest => ({
    request: new Request(`http://${unnamed}/`, { headers, signal }),
    refused: new UnreadableRequest(status, message, hint),
  });
  const target = incoming.url ?? "/";
  if (target.length > longestTarget) {
    return refuse(`The request's address has more than ${longestTarget} characters.`, "Send a shorter query.", 414);
  }
  if (target.split("&", mostParameters + 1).length > mostParameters) {
    return refuse(`The query has more than ${mostParameters} parameters.`, "Send fewer.");
  }
  const oneHost = "Send one Host header that names the service.";
  // Request smuggling: a proxy in front may use one of two Host headers, and we the other (RFC 9112 §3.2).
  if (hosts > 1) return refuse("The request has more than one Host header.", oneHost);
  const url = addressOf(target, incoming.headers.host || unnamed);
  if (url === null) return refuse("The Host header or the request's target makes no address.", oneHost);
  const bodiless = method === "GET" || method === "HEAD";
  try {
    const body = bodiless ? {} : { body: bodyOf(incoming, pace) };
    return { request: new Request(url, { method, headers, signal, ...body }) };
  } catch {
    // TRACE and what else `Request` does not take.
    return refuse(`The method ${method} is not served.`, "Use a method that the documentation names.");
  }
}

function addressOf(target: string, host: string): URL | null {
  // What is not a host and port would move the path or name a user.
  if (/[\s/\\?#@]/.test(host)) return null;
  const url = URL.parse(target.startsWith("/") ? `http://${host}${target}` : target);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" ? url : null;
}

/** The body, of which nothing is taken from the connection before the app asks for it. */
function bodyOf(incoming: IncomingMessage, pace: BodyPace): ReadableStream<Uint8Array> {
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
        const onClose = (): void => {
          fail(new Error("The client went away in the middle of its request."));
        };
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
