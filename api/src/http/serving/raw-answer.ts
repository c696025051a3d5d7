import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { plainHeaders } from "./send-response.ts";

/** Writes an answer to a connection that Node handed over, or could make no request of, and closes it. */
export async function answerRaw(socket: Duplex, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  const headers = { ...plainHeaders(response.headers), "content-length": body.byteLength, connection: "close" };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  if (socket.destroyed) return;
  const { status } = response;
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("\r\n")}\r\n\r\n`);
  socket.end(body);
}
