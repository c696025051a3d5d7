import { describe, expect, test } from "bun:test";
import { AppError } from "@vidferry/core";
import type { Auth } from "../../auth/auth.ts";
import { createOpenAuth } from "../../auth/auth.ts";
import type { ApiConfig } from "../../config.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";

/** Nobody has a key. */
const closed: Auth = {
  ...createOpenAuth(),
  mode: "keys",
  authenticate: () => Promise.reject(new AppError("unauthorized")),
};

function ask(request: {
  readonly address?: string;
  readonly host?: string;
  readonly headers?: Record<string, string>;
  readonly config?: Partial<ApiConfig>;
}): Response | Promise<Response> {
  const { address, host = "127.0.0.1:8080", headers = {}, config = {} } = request;
  const { app } = createHarness({ auth: closed, config });
  return app.request(`http://${host}/metrics`, { headers }, address === undefined ? {} : { address });
}

describe("GET /metrics", () => {
  test.each(["127.0.0.1", "::1", "::ffff:127.0.0.1"])("needs no key from this machine (%s)", async (address) => {
    const response = await ask({ address, host: address === "::1" ? "[::1]:8080" : "localhost:8080" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).toContain("vidferry_worker_jobs_running");
  });

  test("refuses a stranger, whatever headers say", async () => {
    for (const address of ["192.0.2.7", "10.0.0.7", undefined]) {
      for (const headers of [
        {},
        { "X-Forwarded-For": "127.0.0.1" },
        { Forwarded: "for=127.0.0.1" },
        { "X-Real-IP": "127.0.0.1" },
      ] as Record<string, string>[]) {
        const stranger = { headers, ...(address === undefined ? {} : { address }) };
        await expectProblem(await ask(stranger), 401, "unauthorized");
      }
    }
  });

  test("refuses who comes through a proxy on this machine, trusted or not", async () => {
    const address = "127.0.0.1";
    const behind: Parameters<typeof ask>[0][] = [
      { address, headers: { "X-Forwarded-For": "192.0.2.7" } },
      { address, headers: { "X-Forwarded-For": "127.0.0.1" } },
      { address, headers: { Forwarded: "for=192.0.2.7" } },
      { address, headers: { Via: "1.1 proxy" } },
      { address, headers: { "X-Forwarded-Proto": "https" } },
      { address, config: { trustedProxies: ["loopback"] } },
      { address, config: { trustedProxies: ["loopback"] }, headers: { "X-Forwarded-For": "127.0.0.1" } },
      // Something in front must lead this address here, and need not say so in the request.
      { address, config: { publicUrl: "https://video.example.org" } },
    ];
    for (const request of behind) await expectProblem(await ask(request), 401, "unauthorized");
  });

  test("refuses a page that reaches this machine by a name of its own", async () => {
    await expectProblem(await ask({ address: "127.0.0.1", host: "rebound.example.org" }), 401, "unauthorized");
  });

  test("needs a key with the scope admin from elsewhere", async () => {
    const principal = { owner: "me", keyId: null, secretHash: null };
    const keyed = (scopes: readonly ("admin" | "downloads:read")[]) =>
      createHarness({ auth: { ...closed, authenticate: async () => ({ ...principal, scopes }) } }).send(
        "GET",
        "/metrics",
      );
    await expectProblem(await keyed(["downloads:read"]), 403, "forbidden");
    expect((await keyed(["admin"])).status).toBe(200);
  });
});
