import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { eventually, fewUnlessWhole, isWhole } from "@vidferry/testing";
import { exchange, openRaw, readRaw } from "../../../api/src/testing/raw-client.ts";
import { startTarget, type Target } from "./target.ts";

const limitMs = 180_000;
const mebibyte = 1024 ** 2;
/** More memory than an attack may cost; what it sends or would unfold to is far more. */
const mostGrowth = 192 * mebibyte;

const document = JSON.parse(readFileSync(join(import.meta.dir, "../../../sdk/openapi.json"), "utf8")) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};
const idOf: Readonly<Record<string, string>> = { webhooks: "whk", keys: "key", workers: "wrk" };
/** Every operation that a body may be sent to, with ids of the right form. */
const taking = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.keys(operations)
    .filter((method) => !["get", "head", "options", "parameters"].includes(method))
    .map((method) => {
      const prefix = idOf[path.split("/")[3] ?? ""] ?? "job";
      const filled = path
        .replace("{artifactId}", `art_${"0".repeat(32)}`)
        .replace("{deliveryId}", `dlv_${"0".repeat(32)}`)
        .replace(/\{[^}]+\}/, `${prefix}_${"0".repeat(32)}`);
      return { method: method.toUpperCase(), path: filled };
    }),
);

let target: Target;
beforeAll(async () => {
  target = await startTarget();
}, limitMs);
afterAll(() => target?.[Symbol.asyncDispose](), limitMs);

const head = (method: string, path: string, secret: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\n`;

/** Runs an attack and says how much more memory the service has needed at its height than ever before. */
async function growth(attack: () => Promise<void>): Promise<number> {
  const before = target.peakMemory();
  await attack();
  return target.peakMemory() - before;
}

/** Writes parts until the service closes the connection or so many bytes are taken. */
async function pour(socket: Socket, part: string | Uint8Array, mostBytes: number): Promise<number> {
  let taken = 0;
  while (!socket.closed && !socket.destroyed && taken < mostBytes) {
    taken += part.length;
    if (socket.write(part)) continue;
    const before = socket.bytesWritten;
    await eventually(() => socket.closed || socket.bytesWritten > before || socket.writableLength === 0, {
      intervalMs: 1,
      timeoutMs: 60_000,
    });
  }
  return taken;
}

describe("a body of 1 GiB", () => {
  // What refuses it stands before every operation; of these one is without a body of its own.
  const few = ["POST /api/v1/downloads", "POST /api/v1/batches", "DELETE /api/v1/downloads", "PATCH /api/v1/webhooks"];
  const isAmongFew = ({ method, path }: (typeof taking)[number]): boolean =>
    few.includes(`${method} ${path.replace(/\/\w+_0+$/, "")}`);
  for (const { method, path } of fewUnlessWhole(taking, isAmongFew)) {
    test(
      `${method} ${path} is answered before it comes, and hardly any of it is read`,
      async () => {
        const announced = await exchange(
          target.url,
          `${head(method, path, target.admin.secret)}Content-Length: ${1024 * mebibyte}\r\n\r\n{`,
        );
        expect(announced.status).toBeGreaterThanOrEqual(400);
        expect(announced.status).toBeLessThan(500);
        let taken = 0;
        const grown = await growth(async () => {
          const socket = await openRaw(
            target.url,
            `${head(method, path, target.admin.secret)}Transfer-Encoding: chunked\r\n\r\n`,
          );
          const answer = readRaw(socket);
          taken = await pour(socket, `10000\r\n${" ".repeat(0x1_00_00)}\r\n`, 1024 * mebibyte);
          const { status } = await answer;
          expect(status === 0 || (status >= 400 && status < 500)).toBe(true);
        });
        // What the socket buffers of both sides hold.
        expect(taken).toBeLessThan(64 * mebibyte);
        expect(grown).toBeLessThan(mostGrowth);
        await target.servesHonestly();
      },
      limitMs,
    );
  }

  test(
    "without a key is not read either",
    async () => {
      const socket = await openRaw(
        target.url,
        "POST /api/v1/downloads HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      const answer = readRaw(socket);
      expect(await pour(socket, `10000\r\n${" ".repeat(0x1_00_00)}\r\n`, 1024 * mebibyte)).toBeLessThan(64 * mebibyte);
      expect([0, 401]).toContain((await answer).status);
    },
    limitMs,
  );
});

describe("a compressed body", () => {
  const codings = ["gzip", "deflate", "br", "gzip, gzip", "zstd"];
  test.each(fewUnlessWhole(codings, (coding) => coding === "gzip" || coding === "zstd"))(
    "in %s is not unfolded: 512 MiB of blanks in 500 KB cost nothing",
    async (coding) => {
      const bomb = gzipSync(Buffer.alloc(64 * mebibyte, " "), { level: 9 });
      const grown = await growth(async () => {
        const statuses = await Promise.all(
          Array.from({ length: 8 }, async () => {
            const response = await fetch(`${target.url}/api/v1/downloads`, {
              method: "POST",
              headers: {
                authorization: `Bearer ${target.attacker.secret}`,
                "content-type": "application/json",
                "content-encoding": coding,
              },
              body: bomb,
            });
            return response.status;
          }),
        );
        for (const status of statuses) expect([413, 415, 422]).toContain(status);
      });
      expect(grown).toBeLessThan(mostGrowth);
    },
    limitMs,
  );
});

describe("many clients that never finish", () => {
  test(
    "300 heads and 300 bodies that come a byte at a time keep nobody from being served",
    async () => {
      const post = `${head("POST", "/api/v1/downloads", target.attacker.secret)}Content-Length: 40000\r\n\r\n`;
      const slow = await Promise.all([
        ...Array.from({ length: 300 }, () => openRaw(target.url, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")),
        ...Array.from({ length: 300 }, () => openRaw(target.url, post)),
      ]);
      for (const socket of slow) socket.resume();
      const drip = setInterval(() => {
        for (const socket of slow) if (!socket.destroyed) socket.write(" ");
      }, 250);
      try {
        const grown = await growth(async () => {
          for (let round = 0; round < 25; round++) await target.servesHonestly();
        });
        expect(grown).toBeLessThan(mostGrowth);
      } finally {
        clearInterval(drip);
        for (const socket of slow) socket.destroy();
      }
      await target.servesHonestly();
    },
    limitMs,
  );

  const streams = isWhole ? 1_000 : 300;
  test(
    "hundreds of streams of one owner that nobody reads leave room for another's stream and requests",
    async () => {
      const clients: Socket[] = [];
      try {
        const grown = await growth(async () => {
          for (let count = 0; count < streams; count++) {
            const socket = await openRaw(
              target.url,
              `GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${target.attacker.secret}\r\n\r\n`,
            );
            socket.pause();
            clients.push(socket);
          }
          await target.servesHonestly();
          const job = await target.victim.call("POST", "/downloads", {
            url: target.scene.youtube.url("muxedOnly01"),
            scheduledFor: "2100-01-01T00:00:00Z",
          });
          expect(job.status).toBe(202);
          const { id } = (await job.json()) as { id: string };
          const leave = new AbortController();
          const stream = await target.victim.call("GET", `/downloads/${id}/events`);
          expect(stream.status).toBe(200);
          await stream.body?.cancel();
          leave.abort();
        });
        expect(grown).toBeLessThan(mostGrowth);
      } finally {
        for (const client of clients) client.destroy();
      }
      await target.servesHonestly();
    },
    limitMs,
  );
});

describe("queries and bodies beyond reason", () => {
  const many = (count: number, part: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => part(i)).join("&");
  const queries: Readonly<Record<string, string>> = {
    "300 labels": many(300, (i) => `label.k${i}=v`),
    "3,000 labels": many(3_000, (i) => `label.k${i}=v`),
    "1,000 states": many(1_000, () => "state=failed"),
    "a text of 50,000 characters": `q=${"a".repeat(50_000)}`,
    "a text of wildcards": `q=${encodeURIComponent("%_".repeat(2_000))}`,
    "a label with an endless name": `label.${"k".repeat(20_000)}=v`,
    "a label of nothing": "label.=&label=&label..a=1",
    "a label named __proto__": "label.__proto__=x&label.constructor=y",
    "a cursor of noise": `cursor=${"z".repeat(3_000)}`,
    "forged cursors": "cursor=8zzzzzzzzz.job_00000000000000000000000000000000",
    "a limit beyond numbers": "limit=1e99&limit=-1&limit=99999999999999999999",
    "a date beyond calendars": "createdAfter=999999999-01-01T00:00:00Z&createdBefore=-1",
    "broken escapes": "q=%&state=%zz&label.%ff=%fe",
    NUL: "q=%00&label.a=%00&state=%00",
    "half a character": "q=%ED%A0%80",
  };
  const lists = ["/downloads", "/history", "/stats", "/webhooks", "/events"];
  for (const path of fewUnlessWhole(lists, (list) => list === "/downloads" || list === "/events")) {
    test(
      `of GET ${path} are refused or answered at once, and nobody else waits`,
      async () => {
        for (const [what, query] of Object.entries(queries)) {
          const answers = await Promise.all(
            Array.from({ length: 6 }, async () => {
              const leave = new AbortController();
              const url = `${target.url}/api/v1${path}?${query}`;
              const headers = { authorization: `Bearer ${target.attacker.secret}` };
              const { status } = await fetch(url, { headers, signal: leave.signal });
              leave.abort();
              return status;
            }),
          );
          for (const status of answers) expect(`${what}: ${status}`).toMatch(/: (200|304|4\d\d)$/);
        }
        await target.servesHonestly();
      },
      limitMs,
    );
  }

  const url = "https://www.youtube.com/watch?v=muxedOnly01";
  const nested = (count: number, open: string, close: string) => open.repeat(count) + close.repeat(count);
  const bodies: Readonly<Record<string, string>> = {
    "20,000 lists in each other": `{"url":${nested(20_000, "[", "]")}}`,
    "6,000 objects in each other": `{"url":"${url}","output":${'{"a":'.repeat(6_000)}1${"}".repeat(6_000)}}`,
    "lists without an end": "[".repeat(60_000),
    "5,000 labels": `{"url":"${url}","labels":{${Array.from({ length: 5_000 }, (_, i) => `"k${i}":"v"`).join(",")}}}`,
    "a number beyond numbers": `{"url":"${url}","maxAttempts":1e999}`,
    "a number of 50,000 digits": `{"url":"${url}","maxAttempts":${"9".repeat(50_000)}}`,
    "__proto__ at the top": `{"url":"${url}","__proto__":{"priority":"high"}}`,
    "__proto__ in a part": `{"url":"${url}","output":{"type":"audio","__proto__":{"format":"mp3"}}}`,
    "constructor.prototype": `{"url":"${url}","constructor":{"prototype":{"polluted":true}}}`,
    "a lone surrogate": `{"url":"${url}","labels":{"a":"\\ud800"},"x":1}`,
    "no JSON": "{url: 1}",
    "two values": "{} {}",
    "a text": '"text"',
    nothing: "",
    null: "null",
    NaN: "NaN",
    "bytes that are no UTF-8": "\xff\xfe{}",
  };
  for (const [what, body] of Object.entries(bodies)) {
    test(
      `a body with ${what} is refused with what was wrong`,
      async () => {
        for (const path of ["/downloads", "/probe", "/webhooks"]) {
          const response = await target.attacker.call("POST", path, body);
          expect([path, String(response.status)]).toEqual([path, expect.stringMatching(/^(400|413|415|422)$/)]);
          expect(response.headers.get("content-type")).toBe("application/problem+json");
          expect(((await response.json()) as { detail: string }).detail.length).toBeLessThan(2_000);
        }
        await target.servesHonestly();
      },
      limitMs,
    );
  }

  test("a name that is there twice never means one thing to a check and another to what follows", async () => {
    const response = await target.attacker.call(
      "POST",
      "/downloads",
      `{"url":"http://127.0.0.1/","url":"${url}","scheduledFor":"2100-01-01T00:00:00Z"}`,
    );
    expect([202, 400, 422]).toContain(response.status);
    if (response.status === 202) expect(await response.json()).toMatchObject({ request: { url } });
    const turned = await target.attacker.call("POST", "/downloads", `{"url":"${url}","url":"http://127.0.0.1/"}`);
    expect([400, 422]).toContain(turned.status);
  });

  test("a label named __proto__ is a label or refused, and pollutes nothing", async () => {
    const response = await target.attacker.call(
      "POST",
      "/downloads",
      `{"url":"${url}","scheduledFor":"2100-01-01T00:00:00Z","labels":{"__proto__":"polluted"}}`,
    );
    expect([202, 400, 422]).toContain(response.status);
    const fresh = await target.victim.call("POST", "/downloads", { url, scheduledFor: "2100-01-01T00:00:00Z" });
    expect(((await fresh.json()) as { labels: object }).labels).toEqual({});
  });
});
