/**
 * What no request to the API can cost less than: the same headers and as many bytes as POST /downloads answers with, by a bare
 * `node:http` (node), or by the server of the API around a function that only parses the JSON (server).
 * Usage: bun bench/stack-floor.ts node|server. Prints its port.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startServer } from "../api/src/http/server.ts";
import { createSilentLogger } from "../core/src/adapters/system/index.ts";

const bytes = 900;
const answerTo = (text: string): string => JSON.stringify(JSON.parse(text)).padEnd(bytes);
const headers = (): Record<string, string> => ({
  "content-type": "application/json",
  "x-request-id": `req_${crypto.randomUUID().replaceAll("-", "")}`,
  location: "/api/v1/downloads/job_0199f3a2c4d87b1e9a5d6c3f20417e88",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "ratelimit-policy": '"requests";q=100000000;w=60',
  ratelimit: '"requests";r=99999999;t=60',
});

if (process.argv[2] === "server") {
  const fetch = async (request: Request): Promise<Response> =>
    new Response(answerTo(await request.text()), { status: 202, headers: headers() });
  const { url } = await startServer({
    app: { fetch },
    host: "127.0.0.1",
    port: 0,
    logger: createSilentLogger(),
  });
  console.log(new URL(url).port);
} else {
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      const body = answerTo(text);
      response.writeHead(202, { ...headers(), "content-length": Buffer.byteLength(body) });
      response.end(body);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}
