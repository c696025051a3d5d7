import { VidferryError } from "./errors.ts";

/** What a call takes for an answer: JSON, no body (204), an event stream, the bytes of a file, or whatever comes. */
export type Expected = "json" | "nothing" | "events" | "bytes" | "any";

/** An answer, and where it came from. */
interface Answer {
  readonly url: string;
  readonly status: number;
  readonly contentType: string | null;
}

/**
 * An answer that the service did not make: a login page of a proxy, an empty body, a redirect, or another service under this
 * address. Trying again does not help; `message` says what it most likely is.
 */
export class UnexpectedAnswerError extends VidferryError {
  override readonly name = "UnexpectedAnswerError";
  /** The address that answered, without its query. */
  readonly url: string;
  readonly status: number;
  readonly contentType: string | null;

  constructor({ url, status, contentType }: Answer, what: string) {
    const place = url.replace(/[?#].*$/, "");
    super(`${place} answered with status ${status} (${contentType ?? "no content type"}): ${what}`);
    this.url = place;
    this.status = status;
    this.contentType = contentType;
  }
}

const wrongPlace = "a proxy's login or error page, or baseUrl is not the address of a Vidferry service.";

/** Throws unless the head of an answer is what the call takes. */
export function checkHead(response: Response, url: string, expected: Expected): void {
  const contentType = response.headers.get("content-type");
  const answer = { url, status: response.status, contentType };
  const kind = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (response.status === 204 || expected === "any") return;
  if (expected === "nothing")
    throw new UnexpectedAnswerError(answer, `the service sends nothing here; most likely ${wrongPlace}`);
  if (expected === "json" && kind !== "" && kind !== "application/json") {
    throw new UnexpectedAnswerError(answer, `that is no JSON; most likely ${wrongPlace}`);
  }
  if (expected === "events" && kind !== "text/event-stream") {
    throw new UnexpectedAnswerError(answer, `that is no event stream; most likely ${wrongPlace}`);
  }
  if (expected === "bytes" && kind === "text/html" && !response.headers.has("content-disposition")) {
    throw new UnexpectedAnswerError(answer, `that is a page and no file; most likely ${wrongPlace}`);
  }
}

/** Throws unless the body of an answer may be what the service says in JSON: an object. */
export function checkBody(body: Uint8Array, response: Response, url: string): void {
  const answer = { url, status: response.status, contentType: response.headers.get("content-type") };
  if (response.status === 204) return;
  if (body.length === 0) {
    throw new UnexpectedAnswerError(
      answer,
      "the body is empty; something in between swallowed it, or it is another service.",
    );
  }
  if (body.find((byte) => byte > 0x20) !== 0x7b) {
    throw new UnexpectedAnswerError(answer, `that is not what Vidferry says; most likely ${wrongPlace}`);
  }
}

/**
 * Throws when a request was sent elsewhere. One that changes something is not followed: it would become a GET, whose answer
 * looks like success. One that reads is, but loses its key when the host, the port or the scheme changes.
 */
export function checkPlace(response: Response, url: string): void {
  const location = response.headers.get("location");
  const redirects =
    response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400 && location !== null);
  const contentType = response.headers.get("content-type");
  if (redirects) {
    const target = location === null ? "elsewhere" : `to ${new URL(location, url).href.replace(/[?#].*$/, "")}`;
    throw new UnexpectedAnswerError(
      { url, status: response.status, contentType },
      `it redirects ${target}. Set baseUrl to the address that answers itself.`,
    );
  }
  if (response.redirected && response.status === 401 && new URL(response.url).origin !== new URL(url).origin) {
    const { origin } = new URL(response.url);
    throw new UnexpectedAnswerError(
      { url, status: response.status, contentType },
      `the request was redirected to ${origin}, and keys are not sent along. Set baseUrl to that address.`,
    );
  }
}
