import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { exchange } from "../../../api/src/testing/raw-client.ts";
import { type Scene, setScene } from "../scene.ts";
import { type Service, startService } from "../service.ts";

const limitMs = 120_000;
let scene: Scene;
let service: Service;
beforeAll(async () => {
  scene = await setScene();
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
}, limitMs);

const body = JSON.stringify({
  url: "https://www.youtube.com/watch?v=muxedOnly01",
  scheduledFor: "2100-01-01T00:00:00Z",
});
const count = async (): Promise<number> =>
  ((await (await fetch(`${service.url}/api/v1/downloads`)).json()) as { data: unknown[] }).data.length;

describe("a page of another origin, at a service without keys", () => {
  // What a browser sends across origins without asking first.
  const simple = [
    "text/plain",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
  ];
  const origins = ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://localhost:1", "file://"];
  for (const type of [...simple, "application/json"]) {
    test(`makes no job by a ${type}`, async () => {
      for (const origin of origins) {
        for (const path of ["/downloads", "/probe", "/webhooks", "/tickets"]) {
          const response = await fetch(`${service.url}/api/v1${path}`, {
            method: "POST",
            headers: { origin, "content-type": type },
            body,
          });
          expect([origin, path, response.status]).toEqual([origin, path, 403]);
          expect(response.headers.get("access-control-allow-origin")).toBeNull();
        }
      }
      expect(await count()).toBe(0);
    });
  }

  test("makes no job without an Origin either, unless it says that it sends JSON", async () => {
    for (const type of [...simple, "text/json-ish", ""]) {
      const { status } = await exchange(
        service.url,
        `POST /api/v1/downloads HTTP/1.1\r\nHost: 127.0.0.1\r\n${type === "" ? "" : `Content-Type: ${type}\r\n`}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      expect([type, String(status)]).toEqual([type, expect.stringMatching(/^(415|422)$/)]);
    }
    expect(await count()).toBe(0);
  });

  test("opens no WebSocket and gets no preflight", async () => {
    const upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (const path of ["/ws/progress/job_00000000000000000000000000000000", "/ws/events"]) {
      const { status } = await exchange(
        service.url,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n${upgrade}\r\n`,
      );
      expect([path, String(status)]).toEqual([path, expect.stringMatching(/^(403|404)$/)]);
    }
    const preflight = await fetch(`${service.url}/api/v1/downloads`, {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
  });

  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "169.254.169.254",
    "0.0.0.0",
    "[::ffff:7f00:2]",
  ])("is refused under the name %p, which may lead here by DNS rebinding", async (host) => {
    const { status } = await exchange(
      service.url,
      `GET /api/v1/downloads HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(403);
  });

  test.each(["TRACE", "CONNECT", "PUT", "FOO", "get"])("gets nothing by the method %p", async (method) => {
    const { status, text } = await exchange(
      service.url,
      `${method} /api/v1/downloads HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: secret=1\r\nConnection: close\r\n\r\n`,
    );
    expect([0, 400, 403, 404, 405, 501]).toContain(status);
    expect(text).not.toContain("secret=1");
  });
});
