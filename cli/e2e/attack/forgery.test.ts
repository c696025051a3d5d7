import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { JobResource } from "@vidferry/core";
import { verifyWebhook, WebhookVerificationError } from "@vidferry/sdk";
import { eventually } from "@vidferry/testing";
import { finishedJob, type Holder, startTarget, type Target } from "./target.ts";

const limitMs = 180_000;

interface Received {
  readonly headers: Headers;
  readonly body: string;
}
const received: Received[] = [];
const receiver = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: async (request) => {
    received.push({ headers: request.headers, body: await request.text() });
    return new Response(null, { status: 204 });
  },
});

let target: Target;
let job: JobResource;
let link: URL;
beforeAll(async () => {
  target = await startTarget({ ALLOW_PRIVATE_HOSTS: `127.0.0.1:${receiver.port}` });
  job = await finishedJob(target.victim, { url: target.scene.youtube.url("muxedOnly01") });
  link = await linkTo(target.victim, job);
}, limitMs);
afterAll(async () => {
  await target?.[Symbol.asyncDispose]();
  await receiver.stop(true);
}, limitMs);

async function linkTo(holder: Holder, { id, artifacts }: JobResource): Promise<URL> {
  const response = await holder.call("POST", `/downloads/${id}/files/${artifacts[0]?.id}/link`, {});
  expect(response.status).toBe(201);
  return new URL(((await response.json()) as { url: string }).url, target.url);
}

const ticketOf = async (holder: Holder): Promise<string> =>
  ((await (await holder.call("POST", "/tickets")).json()) as { ticket: string }).ticket;

const statusOf = async (url: URL | string): Promise<number> => {
  const leave = new AbortController();
  const { status } = await fetch(url, { signal: leave.signal });
  leave.abort();
  return status;
};

describe("a signed link", () => {
  test(
    "opens its file, and no other of its owner or of anybody",
    async () => {
      expect(await statusOf(link)).toBe(200);
      const [mine, second] = [
        await finishedJob(target.attacker, { url: target.scene.youtube.url("muxedOnly01") }),
        await finishedJob(target.victim, { url: target.scene.youtube.url("muxedOnly01") }),
      ];
      for (const { artifacts } of [mine, second]) {
        const moved = new URL(`${target.url}${artifacts[0]?.url}`);
        moved.search = link.search;
        expect(await statusOf(moved)).toBe(401);
      }
      // A link of the attacker's own does not open the victim's file.
      const own = await linkTo(target.attacker, mine);
      const stolen = new URL(link);
      stolen.search = own.search;
      expect(await statusOf(stolen)).toBe(401);
    },
    limitMs,
  );

  test(
    "opens nothing once a character of it is changed, cut or added, whatever its form",
    async () => {
      const token = link.searchParams.get("token") ?? "";
      const flipped = [...token].flatMap((character, index) =>
        index % 7 === 0 ? [`${token.slice(0, index)}${character === "A" ? "B" : "A"}${token.slice(index + 1)}`] : [],
      );
      const unsigned = btoa(JSON.stringify([9_999_999_999, "victim", null]));
      const forged = [
        ...flipped,
        ...["", "a", "..", ".", "null", "undefined", token.slice(1), token.slice(0, -2), `${token}AAAA`, `${token}.`],
        ...[
          `${token}.${token}`,
          `.${token}`,
          unsigned,
          `${unsigned}.`,
          `${unsigned}.${token}`,
          `${unsigned}.${unsigned}`,
        ],
        ...["\0", "é", "A".repeat(4_000), btoa("\0".repeat(60))],
      ];
      for (const text of forged) {
        const url = new URL(link);
        url.searchParams.set("token", text);
        expect([text, String(await statusOf(url))]).toEqual([text, expect.stringMatching(/^(401|422)$/)]);
      }
      const twice = new URL(link);
      twice.searchParams.append("token", unsigned);
      expect([200, 401, 422]).toContain(await statusOf(twice));
    },
    limitMs,
  );

  test("opens no route but that of its file, and gives no rights beside it", async () => {
    const paths = [
      "/downloads",
      `/downloads/${job.id}`,
      `/downloads/${job.id}/archive`,
      "/events",
      "/quota",
      "/webhooks",
    ];
    for (const path of paths)
      expect([path, await statusOf(`${target.url}/api/v1${path}${link.search}`)]).toEqual([path, 401]);
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const { status } = await fetch(link, { method });
      expect([401, 405]).toContain(status);
    }
  });
});

describe("a ticket", () => {
  test(
    "opens one stream of twenty that race for it",
    async () => {
      {
        const ticket = await ticketOf(target.victim);
        const leave = new AbortController();
        const statuses = await Promise.all(
          Array.from({ length: 20 }, async () => {
            const url = `${target.url}/api/v1/events?ticket=${ticket}`;
            return (await fetch(url, { signal: leave.signal })).status;
          }),
        );
        expect(statuses.filter((status) => status === 200)).toHaveLength(1);
        expect(statuses.filter((status) => status === 401)).toHaveLength(19);
        expect(await statusOf(`${target.url}/api/v1/events?ticket=${ticket}`)).toBe(401);
        leave.abort();
      }
    },
    limitMs,
  );

  test(
    "opens one of a stream and a WebSocket that race for it",
    async () => {
      const ticket = await ticketOf(target.victim);
      const socket = new WebSocket(`${target.url.replace("http", "ws")}/ws/progress/${job.id}?ticket=${ticket}`);
      const opened = new Promise<boolean>((resolve) => {
        socket.addEventListener("open", () => resolve(true));
        socket.addEventListener("error", () => resolve(false));
      });
      const status = await statusOf(`${target.url}/api/v1/events?ticket=${ticket}`);
      expect([status === 200, await opened].filter(Boolean)).toHaveLength(1);
      socket.close();
    },
    limitMs,
  );

  test(
    "of one owner opens nothing of another, and nothing but streams",
    async () => {
      const path = `/downloads/${job.id}`;
      for (const [where, status] of [
        [`${path}/events`, 404],
        [path, 401],
        ["/downloads", 401],
        [job.artifacts[0]?.url.replace("/api/v1", "") ?? "", 401],
        ["/tickets", 405],
        ["/quota", 401],
      ] as const) {
        const ticket = await ticketOf(target.attacker);
        expect([where, await statusOf(`${target.url}/api/v1${where}?ticket=${ticket}`)]).toEqual([where, status]);
      }
    },
    limitMs,
  );

  test(
    "is not guessed: what is none is refused, whatever its form",
    async () => {
      const real = await ticketOf(target.attacker);
      const forged = ["", "vft_", "null", `${real}A`, real.slice(0, -1), real.toUpperCase(), ` ${real}`, `${real}\0`];
      for (const text of [...forged, `vft_${"A".repeat(43)}`, target.attacker.secret, "x".repeat(8_000)]) {
        const url = new URL(`${target.url}/api/v1/events`);
        url.searchParams.set("ticket", text);
        expect([text, String(await statusOf(url))]).toEqual([text, expect.stringMatching(/^(401|422|431)$/)]);
      }
      const both = `${target.url}/api/v1/events?ticket=${real}&ticket=${real}`;
      expect([200, 401, 422]).toContain(await statusOf(both));
    },
    limitMs,
  );
});

describe("a webhook that is sent to a receiver", () => {
  test(
    "is verified as it came, and refused when it is old, changed, or signed by somebody else",
    async () => {
      const url = `http://127.0.0.1:${receiver.port}/hook`;
      const [mine, theirs] = await Promise.all(
        [target.victim, target.attacker].map(
          async (holder) =>
            (await (await holder.call("POST", "/webhooks", { url })).json()) as { id: string; secret: string },
        ),
      );
      await target.victim.call("POST", `/webhooks/${mine?.id}/test`);
      const { headers, body } = await eventually(() => received.find((one) => one.body.includes(mine?.id ?? "?")), {
        timeoutMs: 60_000,
      });
      const [secret, foreign] = [mine?.secret ?? "", theirs?.secret ?? ""];
      expect(await verifyWebhook(headers, body, secret)).toMatchObject({ type: "webhook.test" });

      const refused = async (given: Headers, text: string, by = secret, now = new Date()) =>
        expect(verifyWebhook(given, text, by, { now })).rejects.toBeInstanceOf(WebhookVerificationError);
      const changed = (name: string, value: string) => {
        const copy = new Headers(headers);
        copy.set(name, value);
        return copy;
      };
      const seconds = Number(headers.get("webhook-timestamp"));
      await refused(headers, body, foreign);
      await refused(headers, `${body} `);
      await refused(headers, body.replace(mine?.id ?? "?", theirs?.id ?? "?"));
      await refused(headers, body, secret, new Date((seconds + 301) * 1000));
      await refused(headers, body, secret, new Date((seconds - 302) * 1000));
      // The time that was signed cannot be made newer.
      await refused(
        changed("webhook-timestamp", String(seconds + 600)),
        body,
        secret,
        new Date((seconds + 600) * 1000),
      );
      await refused(changed("webhook-id", "dlv_other"), body);
      await refused(changed("webhook-signature", "v1,"), body);
      await refused(changed("webhook-signature", (headers.get("webhook-signature") ?? "").replace("v1,", "v2,")), body);
    },
    limitMs,
  );
});
