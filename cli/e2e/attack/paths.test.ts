import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobResource } from "@vidferry/core";
import { fewUnlessWhole } from "@vidferry/testing";
import { exchange, openRaw, readRaw } from "../../../api/src/testing/raw-client.ts";
import { finishedJob, startTarget, type Target } from "./target.ts";

const limitMs = 180_000;
const document = JSON.parse(readFileSync(join(import.meta.dir, "../../../sdk/openapi.json"), "utf8")) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};
const withParameters = Object.entries(document.paths).flatMap(([path, operations]) =>
  path.includes("{") ? Object.keys(operations).map((method) => ({ path, method: method.toUpperCase() })) : [],
);

const line = "\r\nSet-Cookie: stolen=1\r\n\r\n<script>";
const title = `../../etc/passwd "q" ;filename=x.html ${line} \u202egpj.exe ${"\u{1f980}"}é\0`;

let target: Target;
let job: JobResource;
beforeAll(async () => {
  target = await startTarget({}, { catalogue: { videos: [{ id: "hostileTtl1", title, itags: [18] }] } });
  job = await finishedJob(target.victim, { url: target.scene.youtube.url("hostileTtl1") });
}, limitMs);
afterAll(() => target?.[Symbol.asyncDispose](), limitMs);

const tricks: readonly string[] = [
  "..",
  ".",
  "%2e%2e",
  "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
  "..%2f..%2f..%2fetc%2fpasswd",
  "..%5c..%5cwindows",
  "%252e%252e%252f",
  "%c0%ae%c0%ae%c0%af",
  "%00",
  "job_0199f3a2c4d87b1e9a5d6c3f20417e88%00.mp4",
  "%ff%fe",
  "%",
  "%zz",
  "%0d%0aSet-Cookie:%20stolen=1",
  "%E2%80%AE",
  "job_%F0%9F%A6%80",
  "job_ＡＢＣ".normalize("NFKC"),
  "__proto__",
  "constructor",
  "'%20or%201=1--",
  "%25s%25n",
  "x".repeat(7_000),
  "-1",
  "null",
  ";",
  "*",
];

/** The answer; a stream, which dots may lead to, is left once its head has come. */
async function headOf(text: string) {
  const socket = await openRaw(target.url, text);
  socket.once("data", (chunk: Buffer) => {
    if (chunk.includes("text/event-stream")) socket.end().destroySoon();
  });
  return await readRaw(socket);
}

describe("whatever stands in the place of an id", () => {
  const kindOf = ({ method, path }: (typeof withParameters)[number]): string => `${method} ${path.split("/")[3]}`;
  // One of each resource and method.
  const lastOf = new Map(withParameters.map((operation) => [kindOf(operation), operation]));
  for (const { method, path } of fewUnlessWhole(withParameters, (one) => lastOf.get(kindOf(one)) === one)) {
    test(
      `${method} ${path} finds nothing, and does not fail`,
      async () => {
        for (const trick of tricks) {
          const filled = path.replaceAll(/\{[^}]+\}/g, trick);
          // As raw bytes: a client library would tidy the dots away.
          const answer = await headOf(
            `${method} ${filled} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${target.admin.secret}\r\n` +
              "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
          );
          const where = `${method} ${filled.slice(0, 200)} → ${answer.status}`;
          expect(where).toMatch(/→ (2\d\d|4\d\d)$/);
          expect(answer.headers["set-cookie"]).toBeUndefined();
          expect(answer.text).not.toContain("root:x:0:0");
          if (answer.status >= 400 && method !== "HEAD") {
            expect([where, answer.headers["content-type"]]).toEqual([where, "application/problem+json"]);
          }
        }
        await target.servesHonestly();
      },
      limitMs,
    );
  }

  test("an artifact is not found by the path or the name of its file", async () => {
    const [artifact] = job.artifacts;
    const names = [artifact?.fileName ?? "", `1%2f${artifact?.id}`, `${artifact?.id}.mp4`, `${artifact?.id}%00`];
    for (const name of names) {
      const answer = await target.victim.call("GET", `/downloads/${job.id}/files/${encodeURIComponent(name)}`);
      expect(answer.status).toBe(404);
    }
  });
});

describe("a title that is made of headers, paths and marks", () => {
  test("stays within the one header of its file, and within its folder", async () => {
    const [artifact] = job.artifacts;
    expect(artifact?.fileName).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    expect(artifact?.fileName).not.toMatch(/^[.-]/);
    const answer = await exchange(
      target.url,
      `GET ${artifact?.url} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${target.victim.secret}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.status).toBe(200);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.headers["content-disposition"]).toStartWith("attachment;");
    const outsideQuotes = answer.headers["content-disposition"]?.replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
    expect(outsideQuotes?.match(/filename=/g)).toHaveLength(1);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers["content-security-policy"]).toContain("sandbox");
  });

  test("does the same in an archive", async () => {
    const response = await target.victim.call("GET", `/downloads/${job.id}/archive`);
    expect(response.status).toBe(200);
    expect(response.headers.get("set-cookie")).toBeNull();
    const zip = Buffer.from(await response.arrayBuffer()).toString("latin1");
    const length = Buffer.from(zip.slice(26, 28), "latin1").readUInt16LE();
    expect(Buffer.from(zip.slice(30, 30 + length), "latin1").toString("utf8")).toBe(job.artifacts[0]?.fileName ?? "");
  });
});

describe("what a client names itself", () => {
  test.each(["a\r\nSet-Cookie: stolen=1", "a\nb", `${"x".repeat(65)}`, "<script>", "é".repeat(20), "a b c d e f"])(
    "a request id %p does not come back",
    async (id) => {
      const answer = await exchange(
        target.url,
        `GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: ${id}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer.headers["set-cookie"]).toBeUndefined();
      expect(answer.headers["x-request-id"] ?? "").not.toBe(id);
    },
  );

  test("labels and the file name of a request come back as JSON alone, or not at all", async () => {
    for (const text of [line, "../../x", "\0", "\ud800", "\u202e", "=cmd|' /C calc'!A0"]) {
      for (const body of [{ labels: { a: text } }, { labels: { [text]: "a" } }, { fileName: text }]) {
        const response = await target.attacker.call("POST", "/downloads", {
          url: target.scene.youtube.url("muxedOnly01"),
          scheduledFor: "2100-01-01T00:00:00Z",
          ...body,
        });
        expect([202, 422]).toContain(response.status);
        expect(response.headers.get("set-cookie")).toBeNull();
        expect(response.headers.get("content-type")).toMatch(/^application\/(problem\+)?json/);
        await response.body?.cancel();
      }
    }
    expect((await target.attacker.call("GET", "/downloads")).status).toBe(200);
  });
});
