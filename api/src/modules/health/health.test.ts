import { describe, expect, test } from "bun:test";
import { AppError } from "@vidferry/core";
import { type Auth, createOpenAuth } from "../../auth/auth.ts";
import { createHarness } from "../../testing/harness.ts";
import { DetailedHealth, Health, Readiness } from "./schemas.ts";

describe("health", () => {
  test("is well while all checks are", async () => {
    const { send } = createHarness();
    const response = await send("GET", "/health");
    expect(response.status).toBe(200);
    expect(Health.parse(await response.json())).toEqual({ status: "ok", version: "1.2.3" });
  });

  test("is not well while a check fails", async () => {
    const { send, service } = createHarness();
    service.checks = [{ name: "store", status: "failed", detail: "no answer" }];
    const response = await send("GET", "/health");
    expect([response.status, Health.parse(await response.json()).status]).toEqual([503, "failed"]);
  });

  test("names each part in detail, and fails when one fails", async () => {
    const { send, service } = createHarness({ config: { healthKeptMs: 0 } });
    service.checks = [
      { name: "store", status: "ok", detail: "answers" },
      { name: "yt-dlp", status: "warning", detail: "2026.07.04", fix: "Update it." },
    ];
    const degraded = await send("GET", "/health/detailed");
    expect(degraded.status).toBe(200);
    expect(DetailedHealth.parse(await degraded.json())).toMatchObject({ status: "degraded", checks: service.checks });
    service.checks = [{ name: "store", status: "failed", detail: "no answer" }];
    const failed = await send("GET", "/health/detailed");
    expect(failed.status).toBe(503);
    expect(DetailedHealth.parse(await failed.json()).status).toBe("failed");
  });

  test.each(["/health", "/health/detailed", "/readyz"])(
    "shares one run of the checks of %s between callers at the same time",
    async (path) => {
      const { send, service } = createHarness({ config: { healthKeptMs: 0 } });
      let runs = 0;
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const look = async () => {
        runs++;
        await held;
        return service.checks;
      };
      Object.assign(service, { health: look, ready: look });
      const answers = Promise.all([1, 2, 3].map(() => send("GET", path)));
      // Requests reach the service within the microtasks of this turn; the timer ends the turn.
      await new Promise((resolve) => setTimeout(resolve));
      release();
      expect((await answers).map((response) => response.status)).toEqual([200, 200, 200]);
      expect(runs).toBe(1);
      await send("GET", path);
      expect(runs).toBe(2);
    },
  );

  test("gives the result of the detailed checks again for a while, so that nobody can start programs in a loop", async () => {
    const { send, service } = createHarness({ config: { healthKeptMs: 60_000 } });
    let runs = 0;
    service.health = async () => {
      runs++;
      return [{ name: "store", status: "ok", detail: `look ${runs}` }];
    };
    const first = await (await send("GET", "/health/detailed")).json();
    for (let asked = 0; asked < 5; asked++) {
      expect(await (await send("GET", "/health/detailed")).json()).toEqual(first);
    }
    expect(runs).toBe(1);
  });

  test("tells strangers names and statuses alone while keys are on, and makes no new checks for them", async () => {
    const auth: Auth = {
      ...createOpenAuth(),
      mode: "keys",
      authenticate: async (request) => {
        if (!request.headers.has("x-api-key")) throw new AppError("unauthorized");
        return { owner: "alice", scopes: ["downloads:read"], keyId: "key_1", secretHash: null };
      },
    };
    const { send, service } = createHarness({ auth, config: { healthKeptMs: 0 } });
    let runs = 0;
    service.health = async () => {
      runs++;
      return [{ name: "disk", status: "warning", detail: "0.5 GB free for work", fix: "Free space in WORK_DIR." }];
    };
    for (let asked = 0; asked < 3; asked++) {
      const { checks, status } = DetailedHealth.parse(await (await send("GET", "/health/detailed")).json());
      expect(status).toBe("degraded");
      expect(checks).toEqual([{ name: "disk", status: "warning", detail: "Send a key to read more." }]);
    }
    expect(runs).toBe(1);
    const full = await send("GET", "/health/detailed", undefined, { "X-API-Key": "x" });
    expect(DetailedHealth.parse(await full.json()).checks[0]?.detail).toBe("0.5 GB free for work");
    expect(runs).toBe(2);
  });

  test("is not logged as if it were a request of a user", async () => {
    const { send, logger } = createHarness();
    for (const path of ["/health", "/health/detailed", "/livez", "/readyz"]) await send("GET", path);
    expect(logger.lines.map(({ level }) => level)).toEqual(["debug", "debug", "debug", "debug"]);
  });

  test("a check that throws is a failed check, without its details", async () => {
    const { send, service } = createHarness();
    service.ready = async () => {
      throw new Error("postgres://user:secret@db");
    };
    const response = await send("GET", "/readyz");
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain("secret");
  });

  test("is alive without looking at anything", async () => {
    const { send, service } = createHarness();
    service.checks = [{ name: "store", status: "failed", detail: "no answer" }];
    expect((await send("GET", "/livez")).status).toBe(200);
    expect((await send("GET", "/readyz")).status).toBe(503);
  });

  test("is not ready while the server shuts down", async () => {
    const { app } = createHarness();
    const closing = new AbortController();
    expect((await app.request("/readyz", {}, { closing: closing.signal })).status).toBe(200);
    closing.abort();
    const response = await app.request("/readyz", {}, { closing: closing.signal });
    expect(response.status).toBe(503);
    expect(Readiness.parse(await response.json()).checks[0]?.name).toBe("shutdown");
  });
});
