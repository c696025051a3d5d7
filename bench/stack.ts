/**
 * POST /downloads without the store, over 64 connections: the API with keys and limits (counted in the process, and in Redis),
 * the API without either, and bare servers that parse the same JSON: `Bun.serve`, `node:http`, which the API stands on, and
 * what is left of the API without Hono and all that is ours. Each is a process of its own.
 * Usage: bun bench/stack.ts [seconds] [rounds]
 */
import { fileURLToPath } from "node:url";
import { startRedis } from "@vidferry/testing/services";
import { alternate, median } from "./figures.ts";
import { type OwnProcess, startOwnProcess } from "./own-process.ts";
import { processorSeconds } from "./processor.ts";
import { runProgram } from "./program.ts";

const seconds = process.argv[2] ?? "4";
const rounds = Number(process.argv[3] ?? 5);
const connections = "64";

interface Load {
  readonly requests: number;
  readonly refused: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU time of the server per request, in seconds. */
  readonly cost: number;
}

await using redis = await startRedis();
await using bare = await startOwnProcess("./stack-bare.ts");
await using node = await startOwnProcess("./http-bare.ts");
await using nodeHeaders = await startOwnProcess("./stack-floor.ts", ["node"]);
await using serving = await startOwnProcess("./stack-floor.ts", ["server"]);
await using off = await startOwnProcess("./stack-api.ts", ["off"]);
await using keys = await startOwnProcess("./stack-api.ts", ["keys"]);
await using shared = await startOwnProcess("./stack-api.ts", ["keys", redis.url]);

const body = JSON.stringify({ url: "https://www.youtube.com/watch?v=sampleVid01", labels: { project: "bench" } });
const loader = fileURLToPath(new URL("http-load.ts", import.meta.url));
async function load(address: string, header: string, { pid }: OwnProcess): Promise<Load> {
  const before = processorSeconds(pid);
  const args = ["--no-install", loader, `${address}/api/v1/downloads`, connections, seconds, body, header];
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/" };
  const result = JSON.parse(await runProgram(process.execPath, args, { cwd: import.meta.dir, env }));
  if (result.refused > 0) throw new Error(`${address} refused ${result.refused} of ${result.requests}`);
  return { ...result, cost: (processorSeconds(pid) - before) / result.requests };
}
const plain = (of: OwnProcess) => () => load(`http://127.0.0.1:${of.firstLine}`, "", of);
const api = (of: OwnProcess, withKey: boolean) => () => {
  const { url, secret } = JSON.parse(of.firstLine) as { readonly url: string; readonly secret: string };
  return load(url, withKey ? `Authorization: Bearer ${secret}` : "", of);
};

const results = await alternate(
  {
    "bare Bun.serve": plain(bare),
    "bare node:http": plain(node),
    "its size and headers": plain(nodeHeaders),
    "the server alone": plain(serving),
    "keys and limits off": api(off, false),
    "keys and limits on": api(keys, true),
    "on, counted in Redis": api(shared, true),
  },
  rounds,
);
console.log(
  `POST /downloads without a store, ${connections} connections, ${seconds} s a round, median of ${rounds} rounds`,
);
const of = (name: string, figure: keyof Load): number => median((results.get(name) ?? []).map((one) => one[figure]));
for (const name of results.keys()) {
  const rate = of(name, "perSecond") / of("bare Bun.serve", "perSecond");
  const cost = of("bare Bun.serve", "cost") / of(name, "cost");
  const late = of(name, "p99") / of("keys and limits off", "p99");
  console.log(
    `${name.padEnd(20)} ${Math.round(of(name, "perSecond"))}/s (${rate.toFixed(2)} × bare), ` +
      `${(of(name, "cost") * 1e6).toFixed(0)} µs of processor a request (${cost.toFixed(2)} × bare's rate by it), ` +
      `p50 ${of(name, "p50").toFixed(1)} ms, p99 ${of(name, "p99").toFixed(1)} ms (${late.toFixed(2)} × off)`,
  );
}
