import { once } from "node:events";
import { connect } from "node:net";

/** Sends one command to a Redis and gives its answer as it comes over the wire. @throws Error when Redis refuses it. */
export async function redisCommand(url: string, ...words: readonly string[]): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
  try {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${parts.join("")}`);
    const [data] = (await once(socket, "data", { signal: AbortSignal.timeout(5_000) })) as [Uint8Array];
    const answer = new TextDecoder().decode(data);
    if (answer.startsWith("-")) throw new Error(`Redis refused ${words[0]}: ${answer.trim()}`);
    return answer;
  } finally {
    socket.destroy();
  }
}
