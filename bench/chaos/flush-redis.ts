import { once } from "node:events";
import { connect } from "node:net";

/** Empties a Redis. */
export async function flushRedis(port: number): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    socket.write("FLUSHALL\r\n");
    const [answer] = (await once(socket, "data", { signal: AbortSignal.timeout(5_000) })) as [Uint8Array];
    if (!new TextDecoder().decode(answer).startsWith("+OK")) throw new Error("Redis did not flush");
  } finally {
    socket.destroy();
  }
}
