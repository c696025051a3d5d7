import type { IncomingMessage } from "node:http";
import { UnreadableRequest } from "../unreadable.ts";
import type { BodyPace } from "./body-pace.ts";
import type { Gone } from "./gone.ts";
import { incomingRequest } from "./incoming-request.ts";

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
export function toRequest(incoming: IncomingMessage, gone: Pick<Gone, "signal">, pace: BodyPace): ReadRequest {
  const headers = new Headers();
  const { rawHeaders, method = "GET" } = incoming;
  let hosts = 0;
  let lengths = 0;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
    if (name.length === 14 && name.toLowerCase() === "content-length") lengths += 1;
    headers.append(name, rawHeaders[index + 1] ?? "");
  }
  const refuse = (message: string, hint: string, status: UnreadableRequest["status"] = 400): ReadRequest => ({
    request: incomingRequest(incoming, { url: `http://${unnamed}/`, method: "GET", headers, gone, pace }),
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
  if (lengths > 1) return refuse("The request has more than one Content-Length header.", "Send its length once.");
  const url = addressOf(target, headers.get("host") || unnamed);
  if (url === null) return refuse("The Host header or the request's target makes no address.", oneHost);
  return { request: incomingRequest(incoming, { url: url.href, method, headers, gone, pace }) };
}

function addressOf(target: string, host: string): URL | null {
  // What is not a host and port would move the path or name a user.
  if (/[\s/\\?#@]/.test(host)) return null;
  const url = URL.parse(target.startsWith("/") ? `http://${host}${target}` : target);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" ? url : null;
}
