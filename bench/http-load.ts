/**
 * Sends sequential POST requests on each of several connections, for some seconds, and prints the results as JSON. Uses raw
 * sockets: `fetch` would cost more than what is measured.
 * Usage: bun bench/http-load.ts <url> <connections> <seconds> <body> [header]
 */
export {};

const [address = "", connections = "64", seconds = "5", body = "", header = ""] = process.argv.slice(2);
const url = new URL(address);
const request = Buffer.from(
  `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n${header === "" ? "" : `${header}\r\n`}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);
const until = performance.now() + Number(seconds) * 1_000;
const latencies: number[] = [];
let refused = 0;

/** One connection: resolves when the time is up. */
function connection(): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let rest = "";
    Bun.connect({
      hostname: url.hostname,
      port: Number(url.port),
      socket: {
        open(socket) {
          sentAt = performance.now();
          socket.write(request);
        },
        data(socket, chunk) {
          rest += chunk.toString("latin1");
          const headEnd = rest.indexOf("\r\n\r\n");
          if (headEnd < 0) return;
          const length = Number(/\r\ncontent-length: (\d+)/i.exec(rest)?.[1]);
          if (Number.isNaN(length)) return reject(new Error(`an answer without a length: ${rest.slice(0, headEnd)}`));
          if (rest.length < headEnd + 4 + length) return;
          if (!rest.startsWith("HTTP/1.1 202")) refused += 1;
          rest = rest.slice(headEnd + 4 + length);
          const now = performance.now();
          latencies.push(now - sentAt);
          if (now >= until) return void socket.end();
          sentAt = now;
          socket.write(request);
        },
        close: () => resolve(),
        error: (_, error) => reject(error),
      },
    }).catch(reject);
  });
}

const start = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, connection));
const took = (performance.now() - start) / 1_000;
latencies.sort((a, b) => a - b);
const at = (q: number): number => latencies[Math.floor(latencies.length * q)] ?? Number.NaN;
console.log(
  JSON.stringify({
    requests: latencies.length,
    refused,
    perSecond: latencies.length / took,
    p50: at(0.5),
    p99: at(0.99),
  }),
);
