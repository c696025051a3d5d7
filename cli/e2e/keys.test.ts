import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { AuditEntry, KeyResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { finishedJob, startTarget, type Target } from "./attack/target.ts";
import { runHere } from "./command.ts";

const limitMs = 180_000;
const bytes = 60 * 1_048_576;
let target: Target;
beforeAll(async () => {
  const video = { id: "largeFile01", title: "Large", itags: [18], mediaBytes: bytes, challenge: "none" as const };
  target = await startTarget({}, { catalogue: { videos: [video] } });
}, limitMs);
afterAll(() => target?.[Symbol.asyncDispose](), limitMs);

const keys = (...args: readonly string[]) => runHere(["keys", ...args], { ...target.scene.env, AUTH: "keys" });
/** Makes a key by the command. */
async function made(...args: readonly string[]): Promise<{ readonly id: string; readonly secret: string }> {
  const { exitCode, stdout, stderr } = await keys("create", ...args);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("key_")]);
  return { id: /key_\w+/.exec(stderr)?.[0] ?? "", secret: stdout.trim() };
}
const asAdmin = async <T>(path: string): Promise<T> => (await (await target.admin.call("GET", path)).json()) as T;
const statusWith = async (secret: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
  (await fetch(`${target.url}/api/v1/quota`, { headers: { "x-api-key": secret, ...headers } })).status;

describe("vidferry keys", () => {
  test(
    "makes a key with an end, bounds and limits of its owner's account",
    async () => {
      const before = Date.now();
      const bounds = [
        "--origins",
        "https://app.example.org,http://localhost:3000",
        "--cidrs",
        "10.0.0.0/8,2001:db8::/32",
      ];
      const limits = ["--quota", "queuedJobs=100,jobsPerDay=50,streams=none,weight=3"];
      const { id, secret } = await made("--name", "till", "--owner", "shop", "--expires", "90d", ...bounds, ...limits);
      const key = await asAdmin<KeyResource>(`/keys/${id}`);
      expect(key).toMatchObject({
        ...{ name: "till", owner: "shop", lastFour: secret.slice(-4) },
        allowedOrigins: ["https://app.example.org", "http://localhost:3000"],
        allowedCidrs: ["10.0.0.0/8", "2001:db8::/32"],
      });
      const lasts = Date.parse(key.expiresAt ?? "") - before;
      expect(Math.round(lasts / 86_400_000)).toBe(90);
      expect(await asAdmin("/accounts/shop")).toMatchObject({
        limits: { queuedJobs: 100, jobsPerDay: 50, streams: null, probes: null, weight: 3 },
      });
      // This machine is in none of its networks.
      expect(await statusWith(secret)).toBe(403);
      const { data } = await asAdmin<{ data: readonly AuditEntry[] }>("/audit?limit=200");
      const told = data.filter(({ subject }) => subject === id || subject === "shop");
      expect(told.map(({ action, by }) => `${action} ${by.via}`).toSorted()).toEqual([
        "account.changed cli",
        "key.created cli",
      ]);
      expect(JSON.stringify(data)).not.toContain(secret);
    },
    limitMs,
  );

  test(
    "makes a key that ends at a time, and is refused by other pages",
    async () => {
      const { id, secret } = await made("--name", "page", "--expires", "2101-01-31T12:00:00Z", "--origins", target.url);
      expect((await asAdmin<KeyResource>(`/keys/${id}`)).expiresAt).toBe("2101-01-31T12:00:00.000Z");
      expect(await statusWith(secret)).toBe(200);
      expect(await statusWith(secret, { origin: "https://evil.example" })).toBe(403);
    },
    limitMs,
  );

  test(
    "names the option that is wrong, and makes no key",
    async () => {
      const wrong: readonly (readonly [string, string])[] = [
        ["--quota", "cups=1"],
        ["--quota", "queuedJobs=-1"],
        ["--quota", "queuedJobs=many"],
        ["--expires", "soon"],
        ["--expires", "0"],
        ["--origins", "https://app.example.org/path"],
        ["--cidrs", "10.0.0.0/99"],
      ];
      const ends = await Promise.all(wrong.map((option) => keys("create", "--name", "wrong", ...option)));
      for (const [index, { exitCode, stdout, stderr }] of ends.entries()) {
        expect([wrong[index], exitCode, stdout]).toEqual([wrong[index] ?? ["", ""], 2, ""]);
        expect(stderr).toContain(wrong[index]?.[0] ?? "?");
        expect(stderr).not.toContain("    at ");
      }
      expect((await keys("list")).stdout).not.toContain("wrong");
    },
    limitMs,
  );

  test(
    "rotates a key: both secrets work for the overlap, the old one not at all without one",
    async () => {
      const first = await made("--name", "rotated");
      const rotated = await keys("rotate", first.id);
      const second = rotated.stdout.trim();
      expect([rotated.exitCode, rotated.stderr]).toEqual([0, expect.stringContaining("works until")]);
      expect(second).not.toBe(first.secret);
      expect([await statusWith(first.secret), await statusWith(second)]).toEqual([200, 200]);
      const third = (await keys("rotate", first.id, "--overlap", "0")).stdout.trim();
      expect(await statusWith(third)).toBe(200);
      await eventually(async () => (await statusWith(second)) === 401);
      expect(await statusWith(first.secret)).toBe(401);
      const unknown = await keys("rotate", `key_${"0".repeat(32)}`);
      expect([unknown.exitCode, unknown.stdout]).toEqual([1, ""]);
      expect((await keys("rotate", first.id, "--overlap", "-5")).exitCode).toBe(2);
    },
    limitMs,
  );

  test(
    "a key that is revoked takes its signed links, its transfers and its tickets with it",
    async () => {
      const { artifacts, id } = await finishedJob(target.victim, { url: target.scene.youtube.url("largeFile01") });
      const { id: keyId, secret } = await made("--name", "leaver", "--owner", "victim");
      const file = `/downloads/${id}/files/${artifacts[0]?.id}`;
      const post = async <T>(path: string): Promise<T> => {
        const headers = { "x-api-key": secret, "content-type": "application/json" };
        const answer = await fetch(`${target.url}/api/v1${path}`, { method: "POST", headers, body: "{}" });
        return (await answer.json()) as T;
      };
      const link = new URL((await post<{ url: string }>(`${file}/link`)).url, target.url).href;
      const { ticket } = await post<{ ticket: string }>("/tickets");
      const kept = await linkOf(target, file);
      const slow = [
        slowTransfer(link, join(target.scene.home, "by-link")),
        slowTransfer(`${target.url}/api/v1${file}`, join(target.scene.home, "by-key"), secret),
      ];
      await eventually(async () => (await Promise.all(slow.map(({ size }) => size()))).every((size) => size > 0));

      expect((await keys("revoke", keyId)).exitCode).toBe(0);
      for (const { ended, size } of slow) {
        expect(await ended).not.toBe(0);
        expect(await size()).toBeLessThan(bytes);
      }
      const statusOf = async (url: string): Promise<number> => (await fetch(url, { method: "HEAD" })).status;
      await eventually(async () => (await statusOf(link)) === 401);
      expect((await fetch(`${target.url}/api/v1/events?ticket=${ticket}`)).status).toBe(401);
      expect(await statusWith(secret)).toBe(401);
      // What another key of the same owner made stays.
      expect(await statusOf(kept)).toBe(200);
    },
    limitMs,
  );
});

async function linkOf({ victim, url }: Target, file: string): Promise<string> {
  return new URL(((await (await victim.call("POST", `${file}/link`, {})).json()) as { url: string }).url, url).href;
}

/**
 * `curl`, so slow that the transfer takes a minute, and not slower: what the system has buffered when the connection breaks is read
 * to its end.
 */
function slowTransfer(url: string, path: string, secret?: string) {
  const key = secret === undefined ? [] : ["-H", `x-api-key: ${secret}`];
  const child = spawn("curl", ["-sN", "--limit-rate", String(bytes / 60), ...key, "-o", path, url], {
    stdio: "ignore",
  });
  return {
    ended: once(child, "exit").then(([code]) => Number(code)),
    size: async () => (await stat(path).catch(() => ({ size: 0 }))).size,
  };
}
