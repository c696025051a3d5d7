import type { IncomingMessage } from "node:http";
import { textOf } from "../body/utf8.ts";
import { readBody, streamBody } from "./body.ts";
import type { BodyPace } from "./body-pace.ts";
import type { Gone } from "./gone.ts";

/** What an {@link incomingRequest} is made of. */
export interface IncomingParts {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly gone: Pick<Gone, "signal">;
  readonly pace: BodyPace;
}

/**
 * A `Request` over a message that Node's parser read. It answers by itself what nearly all routes ask for; the rest is that of
 * a real `Request`, which is made then: one for each exchange, with its signal and the stream of its body, costs more than most
 * routes do.
 */
class IncomingRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly #incoming: IncomingMessage;
  readonly #gone: Pick<Gone, "signal">;
  readonly #pace: BodyPace;
  #isTaken = false;
  #body: ReadableStream<Uint8Array> | null = null;
  #real: Request | null = null;

  constructor(incoming: IncomingMessage, { url, method, headers, gone, pace }: IncomingParts) {
    this.#incoming = incoming;
    this.url = url;
    this.method = method;
    this.headers = headers;
    this.#gone = gone;
    this.#pace = pace;
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#real !== null) return this.#real.body;
    if (this.#hasNoBody) return null;
    this.#body ??= streamBody(this.#incoming, this.#pace);
    return this.#body;
  }

  get bodyUsed(): boolean {
    return this.#isTaken || (this.#real?.bodyUsed ?? false);
  }

  async text(): Promise<string> {
    if (this.#hasNoBody) return "";
    if (this.#body !== null || this.#real !== null || this.#isTaken) return await this.real.text();
    this.#isTaken = true;
    return textOf(await readBody(this.#incoming, this.#pace));
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** The same as the runtime has it. */
  get real(): Request {
    if (this.#isTaken) throw new TypeError("The body of this request has been read already.");
    const { url, method, headers, signal, body } = this;
    this.#real ??= new Request(url, { method, headers, signal, body });
    return this.#real;
  }

  get #hasNoBody(): boolean {
    return this.method === "GET" || this.method === "HEAD";
  }
}

for (const name of Object.getOwnPropertyNames(Request.prototype)) {
  if (Object.hasOwn(IncomingRequest.prototype, name) || ["url", "method", "headers"].includes(name)) continue;
  Object.defineProperty(IncomingRequest.prototype, name, {
    get(this: IncomingRequest): unknown {
      const value: unknown = Reflect.get(this.real, name);
      return typeof value === "function" ? value.bind(this.real) : value;
    },
  });
}
Object.setPrototypeOf(IncomingRequest.prototype, Request.prototype);

/** Makes a {@link IncomingRequest}. Methods that Fetch forbids (`TRACE`) are no exception: the app has no route for them. */
export function incomingRequest(incoming: IncomingMessage, parts: IncomingParts): Request {
  return new IncomingRequest(incoming, parts) as unknown as Request;
}
