import type { Socket } from "node:net";
import { badGateway, EgressError, gatewayTimeout } from "./egress-error.ts";
import { encodeHead, forwardedHeaders, type Head, headerValues, readHead } from "./head.ts";
import { passOn } from "./join.ts";
import type { RateLimit } from "./rate-limit.ts";
import { formatAuthority, type Target } from "./target.ts";
import { upstreamFailure } from "./upstream.ts";

/** A plain (not CONNECT) request, ready to be forwarded. */
export interface PlainRequest {
  readonly method: string;
  readonly target: Target;
  /** The target of the request line: a path for the target itself, an absolute URI for an upstream proxy. */
  readonly uri: string;
  readonly head: Head;
  /** Credentials for an upstream proxy. */
  readonly authorization: readonly (readonly [string, string])[];
}

/**
 * Forwards one request and its response. One request a connection: both sides get `Connection: close`, and bytes of the
 * client beyond the announced body are dropped, so that a next request, perhaps for another host, comes on a
 * new connection and is checked again.
 * @throws EgressError when the request is ambiguous or no answer comes.
 */
export async function forwardRequest(
  client: Socket,
  remote: Socket,
  request: PlainRequest,
  idleMs: number,
  limit: RateLimit | null,
): Promise<void> {
  const bodyBytes = announcedBody(request.head);
  const host = formatAuthority(request.target).replace(/:80$/, "");
  const headers = [["Host", host], ...forwardedHeaders(request.head, "host"), ...request.authorization] as const;
  remote.write(encodeHead(`${request.method} ${request.uri} HTTP/1.1`, [...headers, ["Connection", "close"]]));

  const onClientGone = () => remote.destroy();
  client.once("close", onClientGone);
  sendBody(client, remote, bodyBytes);
  try {
    for (;;) {
      const answer = await answerHead(remote, idleMs);
      const interim = /^\S+ 1\d\d/.test(answer.line);
      if (request.uri.startsWith("http://") && / 407( |$)/.test(answer.line)) throw upstreamFailure(407);
      client.write(
        encodeHead(answer.line, [...forwardedHeaders(answer), ...(interim ? [] : [["Connection", "close"] as const])]),
      );
      if (!interim) break;
    }
  } finally {
    client.off("close", onClientGone);
  }
  client.setTimeout(idleMs, () => client.destroy());
  passOn(remote, client, idleMs, limit);
}

/** Length of the request's body. A chunked one is refused: nothing that fetches media sends one. */
function announcedBody(head: Head): number {
  if (headerValues(head, "transfer-encoding").length > 0) {
    throw new EgressError(411, "Length required", "the body's length must be announced");
  }
  const lengths = headerValues(head, "content-length");
  if (lengths.length > 1 || (lengths.length === 1 && !/^\d{1,15}$/.test(lengths[0] ?? ""))) {
    throw new EgressError(400, "Ambiguous body length", "the body's length is ambiguous");
  }
  return Number(lengths[0] ?? 0);
}

/** Passes on that many bytes and drops what follows; reading on detects that the client has disconnected. */
function sendBody(client: Socket, remote: Socket, bytes: number): void {
  let left = bytes;
  client.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length === 0 || remote.write(part)) return;
    client.pause();
    remote.once("drain", () => client.resume());
  });
  client.resume();
}

async function answerHead(remote: Socket, timeoutMs: number): Promise<Head> {
  const head = await readHead(remote, timeoutMs).catch((error: unknown) => {
    if (error instanceof EgressError && error.status === 408) throw gatewayTimeout("The host did not answer in time");
    throw badGateway("The host gave no proper answer", error);
  });
  if (!head) throw badGateway("The host closed the connection without an answer");
  return head;
}
