import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { EgressError } from "./egress-error.ts";

/** Longest request or response head that is read. */
const maxHeadBytes = 64 * 1024;

/** The head of an HTTP/1 message: its first line, and its headers as sent, in order. */
export interface Head {
  readonly line: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * Reads up to the blank line and leaves the rest in the socket, paused.
 * @returns null when the peer closed before sending anything.
 * @throws EgressError 408 when it takes too long, 431 when it is too long, 400 when it is not HTTP.
 */
export function readHead(socket: Socket, timeoutMs: number): Promise<Head | null> {
  return new Promise((resolve, reject) => {
    let held: Buffer = Buffer.alloc(0);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.pause();
      socket.off("data", onData);
      socket.off("end", onEnd);
      socket.off("close", onEnd);
      settle();
    };
    const onData = (chunk: Buffer) => {
      const searchFrom = Math.max(0, held.length - 3);
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const end = held.indexOf("\r\n\r\n", searchFrom);
      if (end === -1 ? held.length > maxHeadBytes : end > maxHeadBytes) {
        finish(() => reject(new EgressError(431, "Request header too large", "the header is too large")));
      } else if (end !== -1) {
        const text = held.toString("latin1", 0, end);
        const rest = held.subarray(end + 4);
        finish(() => {
          if (rest.length > 0) socket.unshift(rest);
          const head = parseHead(text);
          if (head) resolve(head);
          else reject(new EgressError(400, "Malformed header", "the header is malformed"));
        });
      }
    };
    const onEnd = () =>
      finish(() => {
        if (held.length === 0) resolve(null);
        else reject(new EgressError(400, "Incomplete header", "the connection closed inside the header"));
      });
    const timer = setTimeout(
      () => finish(() => reject(new EgressError(408, "Header timed out", "the header did not arrive in time"))),
      timeoutMs,
    );
    if (socket.destroyed) return onEnd();
    socket.on("data", onData);
    socket.once("end", onEnd);
    socket.once("close", onEnd);
    socket.resume();
  });
}

function parseHead(text: string): Head | null {
  const [line = "", ...rest] = text.split("\r\n");
  const headers: [string, string][] = [];
  for (const header of rest) {
    // No folded lines, no whitespace around the name, no bare CR, LF or NUL: ambiguous headers allow request smuggling.
    const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n\0]*)$/.exec(header);
    if (!match) return null;
    headers.push([match[1] ?? "", withoutBlanksAround(match[2] ?? "")]);
  }
  return /[\r\n\0]/.test(line) ? null : { line, headers };
}

/** In one pass: a pattern for it would try blanks inside the value again from each of them, which takes seconds for a long one. */
function withoutBlanksAround(value: string): string {
  const isBlank = (at: number) => value[at] === " " || value[at] === "\t";
  let [start, end] = [0, value.length];
  while (start < end && isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return value.slice(start, end);
}

/** The values of a header, whatever the case of its name. */
export function headerValues(head: Head, name: string): string[] {
  return head.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "proxy-authenticate",
  "te",
  "upgrade",
]);

/** The headers that may go on to the next hop: without the hop-by-hop ones (RFC 9110 §7.6.1), those `Connection` names, and `drop`. */
export function forwardedHeaders(head: Head, ...drop: readonly string[]): (readonly [string, string])[] {
  const named = headerValues(head, "connection").flatMap((value) => value.toLowerCase().split(/[\s,]+/));
  // Removing framing headers would let a client make two hops disagree on where a message ends.
  const dropped = new Set([
    ...named.filter((name) => name !== "content-length" && name !== "transfer-encoding"),
    ...drop,
  ]);
  return head.headers.filter(([name]) => !hopByHop.has(name.toLowerCase()) && !dropped.has(name.toLowerCase()));
}

/** The head as bytes on the wire. */
export function encodeHead(line: string, headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.from(
    `${[line, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`,
    "latin1",
  );
}
