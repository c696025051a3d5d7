import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import type { JobResource } from "@vidferry/core";
import { fewUnlessWhole } from "@vidferry/testing";
import { startTarget, type Target } from "./target.ts";

const limitMs = 180_000;

/** Something inside that nobody may reach; it counts who connects. */
function startInside(): Promise<{ readonly port: number; readonly visits: () => number; readonly server: Server }> {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.on("error", () => undefined);
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  return new Promise((resolve) => {
    server.listen(0, "::", () => {
      const address = server.address();
      resolve({ port: typeof address === "object" ? (address?.port ?? 0) : 0, visits: () => visits, server });
    });
  });
}

/** The one host that the operator opened; it leads where it is told, and answers webhooks so as well. */
const attackers = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request) => {
    const to = new URL(request.url).searchParams.get("to");
    return to === null ? new Response("no") : new Response(null, { status: 302, headers: { location: to } });
  },
});

let inside: Awaited<ReturnType<typeof startInside>>;
let target: Target;
beforeAll(async () => {
  inside = await startInside();
  // No proxy: the service connects by itself.
  target = await startTarget({ ALLOW_PRIVATE_HOSTS: `127.0.0.1:${attackers.port}`, PROXY_URL: "", MAX_ATTEMPTS: "1" });
}, limitMs);
afterAll(async () => {
  await target?.[Symbol.asyncDispose]();
  await attackers.stop(true);
  await new Promise((resolve) => inside?.server.close(resolve));
}, limitMs);

/** Ways to write addresses that are not of the public Internet. */
const notations: readonly string[] = [
  ...[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
  ],
  ...[
    "0177.0x0.1",
    "127.0.0.1.",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "00",
    "0x0",
    "localhost",
    "LOCALHOST",
    "localhost.",
  ],
  ...["localhost..", "a.localhost", "ip6-localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]"],
  ...["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]"],
  ...[
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[fc00::1]",
  ],
  ...["[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[::1%25lo]", "[100::1]", "[2001:db8::1]"],
  ...[
    "10.0.0.1",
    "10.1",
    "167772161",
    "0xa000001",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
  ],
  ...[
    "0xc0a80001",
    "3232235521",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
  ],
  ...[
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
  ],
  ...["224.0.0.1", "240.0.0.1", "255.255.255.255", "metadata.google.internal", "metadata.google.internal.", "metadata"],
  // Digits and dots of other scripts, which IDN maps to these.
  ...["１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "127.0.0.1\u00ad", "0𝗑7f000001"],
  // Names that hide one behind a user, a path or a control character.
  ...["youtube.com@127.0.0.1", "127.0.0.1\\@youtube.com", "127.0.0.1%2f@youtube.com", "youtube.com%40127.0.0.1"],
  ...["127.0.0.1\t", "127.0.\n0.1", "%31%32%37.0.0.1", "127.0.0.1%00.youtube.com", "127。0.0.1", "[::ffff:127.0.0.1"],
];

describe("an address inside, however it is written,", () => {
  const port = () => inside.port;
  for (const [name, path, bodyOf] of [
    ["no link of a download", "/downloads", (url: string) => ({ url })],
    ["no link of a probe", "/probe", (url: string) => ({ url })],
    ["no webhook", "/webhooks", (url: string) => ({ url })],
    [
      "no webhook of a download",
      "/downloads",
      (url: string) => ({
        url: "https://www.youtube.com/watch?v=muxedOnly01",
        webhookUrl: url,
        scheduledFor: "2100-01-01T00:00:00Z",
      }),
    ],
  ] as const) {
    test(
      `is ${name}`,
      async () => {
        const taken: string[] = [];
        for (const [index, host] of notations.entries()) {
          const all = ["http", "https"].flatMap((scheme) => [`${scheme}://${host}:${port()}`, `${scheme}://${host}`]);
          // Each by one of them; one after the other has its turn.
          for (const start of fewUnlessWhole(all, (one) => all.indexOf(one) === index % all.length)) {
            const response = await target.attacker.call("POST", path, bodyOf(`${start}/x.mp4`));
            await response.body?.cancel();
            if (response.status !== 422 && response.status !== 400) taken.push(`${response.status} ${start}`);
          }
        }
        expect(taken).toEqual([]);
        expect(inside.visits()).toBe(0);
        await target.servesHonestly();
      },
      limitMs,
    );
  }

  test("is reached by no other scheme", async () => {
    const schemes = [
      "ftp",
      "file",
      "gopher",
      "ws",
      "wss",
      "rtsp",
      "rtmp",
      "data",
      "javascript",
      "httpproxy",
      "HtTp+unix",
      "dict",
      "tftp",
      "//",
      "concat",
    ];
    for (const scheme of schemes) {
      const url = scheme === "//" ? `//127.0.0.1:${port()}/` : `${scheme}://127.0.0.1:${port()}/x.mp4`;
      for (const [path, body] of [
        ["/downloads", { url }],
        ["/webhooks", { url }],
        ["/probe", { url }],
      ] as const) {
        const { status } = await target.attacker.call("POST", path, body);
        expect([url, path, String(status)]).toEqual([url, path, expect.stringMatching(/^(400|422)$/)]);
      }
    }
    expect(inside.visits()).toBe(0);
  });

  test(
    "is not reached by a redirect of a host that is open",
    async () => {
      const to = ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost."];
      const jobs = await Promise.all(
        to.map(async (host) => {
          const lead = encodeURIComponent(`http://${host}:${port()}/x.mp4`);
          const response = await target.attacker.call("POST", "/downloads", {
            url: `http://127.0.0.1:${attackers.port}/x.mp4?to=${lead}`,
            maxAttempts: 1,
          });
          expect(response.status).toBe(202);
          return (await response.json()) as JobResource;
        }),
      );
      for (const { id } of jobs) {
        await (await target.attacker.call("GET", `/downloads/${id}/events`)).text();
        const job = (await (await target.attacker.call("GET", `/downloads/${id}`)).json()) as JobResource;
        expect(job).toMatchObject({ state: "failed", artifacts: [] });
      }
      expect(inside.visits()).toBe(0);
    },
    limitMs,
  );

  test(
    "is not reached by a webhook whose receiver leads there",
    async () => {
      const lead = encodeURIComponent(`http://127.0.0.1:${port()}/`);
      const made = await target.attacker.call("POST", "/webhooks", {
        url: `http://127.0.0.1:${attackers.port}/?to=${lead}`,
      });
      expect(made.status).toBe(201);
      const { id } = (await made.json()) as { id: string };
      expect((await target.attacker.call("POST", `/webhooks/${id}/test`)).status).toBe(202);
      const attempts = async () => {
        const page = (await (await target.attacker.call("GET", `/webhooks/${id}/deliveries`)).json()) as {
          data: readonly { attempts: readonly { status: number | null }[] }[];
        };
        return page.data[0]?.attempts ?? [];
      };
      const until = Date.now() + 60_000;
      while ((await attempts()).length === 0 && Date.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 100));
      expect((await attempts())[0]?.status).toBe(302);
      expect(inside.visits()).toBe(0);
    },
    limitMs,
  );
});
