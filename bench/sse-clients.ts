/**
 * Opens one event stream for each path in a file (and a key after a tab), 32 at a time, and prints `open` when all have received their first event; then
 * for some seconds measures the time from the timestamp in an event (`"downloadedBytes":<ms since 1970>`) to its arrival, prints
 * the result as JSON, and keeps the streams open until it is terminated.
 * Usage: bun bench/sse-clients.ts <base URL> <file> <seconds>
 */
import { readFileSync } from "node:fs";

const [base = "", file = "", seconds = "5"] = process.argv.slice(2);
const url = new URL(base);
const paths = readFileSync(file, "utf8").trim().split("\n");
const latencies: number[] = [];
let measuring = false;
const atOnce = 32;
let lost = 0;

/** Opens one stream; resolves with its first event. */
async function follow(line: string): Promise<void> {
  const [path, key] = line.split("\t");
  const auth = key === undefined ? "" : `X-API-Key: ${key}\r\n`;
  let rest = "";
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  await Bun.connect({
    hostname: url.hostname,
    port: Number(url.port),
    socket: {
      open: (socket) =>
        void socket.write(`GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: text/event-stream\r\n${auth}\r\n`),
      data(_, chunk) {
        const now = performance.timeOrigin + performance.now();
        const events = (rest + chunk.toString("latin1")).split("\n\n");
        rest = events.pop() ?? "";
        if (events.some((event) => event.includes("event: "))) open();
        if (!measuring) return;
        for (const event of events) {
          const sentAt = /"downloadedBytes":(\d{12,}(?:\.\d+)?)/.exec(event)?.[1];
          if (sentAt !== undefined) latencies.push(now - Number(sentAt));
        }
      },
      close: () => {
        lost += 1;
      },
    },
  });
  await opened;
}

let next = 0;
const opener = async (): Promise<void> => {
  for (let path = paths[next++]; path !== undefined; path = paths[next++]) await follow(path);
};
await Promise.all(Array.from({ length: atOnce }, opener));
console.log("open");
// The first events are warm-up.
await Bun.sleep(2_000);
measuring = true;
await Bun.sleep(Number(seconds) * 1_000);
measuring = false;
latencies.sort((a, b) => a - b);
const at = (q: number): number => latencies[Math.floor(latencies.length * q)] ?? Number.NaN;
console.log(JSON.stringify({ events: latencies.length, lost, p50: at(0.5), p99: at(0.99) }));
await new Promise<void>((resolve) => process.once("SIGTERM", () => resolve()));
process.exit();
