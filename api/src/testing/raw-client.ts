import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What came back over a connection: the head as it stood on the wire, and how many bytes of body. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  readonly text: string;
}

/** Connects and sends a text as it stands. */
export async function openRaw(address: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

/** Reads a connection until the server closes it. */
export async function readRaw(socket: Socket): Promise<RawAnswer> {
  const chunks: Uint8Array[] = [];
  socket.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  // Not `once`: a connection that is reset has told enough before.
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  const whole = Buffer.concat(chunks).toString("latin1");
  const end = whole.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = whole.slice(0, Math.max(0, end)).split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers: Object.fromEntries(headers) as Record<string, string>,
    bodyBytes: end < 0 ? 0 : whole.length - end - 4,
    text: whole.slice(end + 4),
  };
}

/** One exchange, until the server closes the connection. */
export const exchange = async (address: string, text: string): Promise<RawAnswer> =>
  readRaw(await openRaw(address, text));
