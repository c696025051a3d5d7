import { describe, expect, test } from "bun:test";
import { createHarness, expectProblem } from "./testing/harness.ts";
import { makeJob } from "./testing/samples.ts";

describe("lenient addresses", () => {
  const job = makeJob(1);
  const paths = [
    "/livez",
    "/health",
    "/",
    "/openapi.json",
    "/docs",
    "/api/v1/downloads",
    `/api/v1/downloads/${job.id}`,
  ];

  test.each(paths)("%s takes query parameters of others", async (path) => {
    const { send, service } = createHarness();
    service.jobs.set(job.id, job);
    expect((await send("GET", `${path}?_=1&utm_source=x&fbclid=`)).status).toBe(200);
    expect((await send("HEAD", `${path}?_=1`)).status).toBe(200);
  });

  test.each(paths.slice(1))("a slash at the end of %s changes nothing", async (path) => {
    const { send, service } = createHarness();
    service.jobs.set(job.id, job);
    for (const method of ["GET", "HEAD"]) expect((await send(method, `${path}/`)).status).toBe(200);
    expect((await send("PUT", `${path}/`)).headers.get("allow")).toContain("GET");
  });

  test("a slash at the end does not lose the body of a POST", async () => {
    const { send, service } = createHarness();
    const accepted = await send("POST", "/api/v1/downloads/", { url: "https://youtu.be/dQw4w9WgXcQ" });
    expect(accepted.status).toBe(202);
    const id = service.jobs.keys().next().value ?? "";
    expect((await send("POST", `/api/v1/downloads/${id}/cancel/`)).status).toBe(200);
    expect((await send("DELETE", `/api/v1/downloads/${id}/`)).status).toBe(204);
  });

  test("a change with a parameter that means nothing is refused all the same", async () => {
    const { send } = createHarness();
    await expectProblem(await send("DELETE", `/api/v1/downloads/${job.id}?force=1`), 422, "invalid_request");
  });
});

describe("every answer", () => {
  test("carries the client's request id when it is a good one, and a new one otherwise", async () => {
    const { send } = createHarness();
    const sent = async (id: string) =>
      (await send("GET", "/livez", undefined, { "X-Request-Id": id })).headers.get("x-request-id");
    expect(await sent("trace-0001_ABC")).toBe("trace-0001_ABC");
    for (const bad of ["short", "x".repeat(65), "has space in it", "a;b=c;d=e"]) {
      expect(await sent(bad)).toMatch(/^req_[0-9a-f]{32}$/);
    }
  });

  test("keeps browsers from doing more with it", async () => {
    const { send } = createHarness();
    const response = await send("GET", "/");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    expect(response.headers.has("strict-transport-security")).toBe(false);
    const secure = createHarness({ config: { publicUrl: "https://videos.example" } });
    expect((await secure.send("GET", "/")).headers.has("strict-transport-security")).toBe(true);
  });

  test("is logged with its route, never with its path or query", async () => {
    const { send, logger } = createHarness();
    await send("GET", "/api/v1/downloads/secret-id?secret=1");
    await send("GET", "/secret");
    expect(JSON.stringify(logger.lines)).not.toContain("secret");
    expect(logger.lines.map((line) => (line.fields as { route: string }).route)).toEqual([
      "/api/v1/downloads/:id",
      "unmatched",
    ]);
  });
});

describe("paths and methods", () => {
  test("an unknown path is a problem", async () => {
    const { send } = createHarness();
    for (const path of ["/nope", "/api/v1/nope", "/api/v2/downloads"]) {
      await expectProblem(await send("GET", path), 404, "not_found");
    }
  });

  test.each([
    ["PUT", "/api/v1/downloads", "GET, HEAD, OPTIONS, POST"],
    ["POST", "/api/v1/downloads/x", "DELETE, GET, HEAD, OPTIONS, PATCH"],
    ["GET", "/api/v1/downloads/x/cancel", "OPTIONS, POST"],
    ["DELETE", "/health", "GET, HEAD, OPTIONS"],
    ["PATCH", "/docs", "GET, HEAD, OPTIONS"],
  ])("%s %s is refused with what is allowed", async (method, path, allow) => {
    const { send } = createHarness();
    const response = await send(method, path);
    expect(response.headers.get("allow")).toBe(allow);
    await expectProblem(response, 405, "method_not_allowed");
    const options = await send("OPTIONS", path);
    expect(options.status).toBe(204);
    expect(options.headers.get("allow")).toBe(allow);
  });
});

describe("other origins", () => {
  test("may not read answers unless they are named", async () => {
    const { send } = createHarness({ config: { corsOrigins: ["https://app.example"] } });
    const from = async (origin: string) => {
      const response = await send("GET", "/nope", undefined, { Origin: origin });
      return response.headers.get("access-control-allow-origin");
    };
    expect(await from("https://app.example")).toBe("https://app.example");
    expect(await from("https://evil.example")).toBeNull();
    expect((await createHarness().send("GET", "/")).headers.has("access-control-allow-origin")).toBe(false);
  });

  test("a named one passes the preflight and sees the headers it needs", async () => {
    const { send } = createHarness({ config: { corsOrigins: ["https://app.example"] } });
    const headers = { Origin: "https://app.example", "Access-Control-Request-Method": "POST" };
    const preflight = await send("OPTIONS", "/api/v1/downloads", undefined, headers);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Idempotency-Key");
    const answer = await send("GET", "/", undefined, { Origin: "https://app.example" });
    expect(answer.headers.get("access-control-expose-headers")).toContain("X-Request-Id");
  });
});

describe("a service without keys", () => {
  test("answers to its local names and its public one only", async () => {
    const { app } = createHarness({ config: { publicUrl: "http://videos.example" } });
    for (const host of ["localhost:8080", "127.0.0.1", "127.9.9.9:1", "[::1]:8080", "videos.example"]) {
      expect((await app.request(`http://${host}/`)).status).toBe(200);
    }
    for (const host of ["rebound.example", "127.0.0.1.evil.example", "10.0.0.1"]) {
      await expectProblem(await app.request(`http://${host}/`), 403, "forbidden");
    }
  });

  test("answers to a local name from this machine alone: another one writes it itself", async () => {
    for (const publicUrl of [null, "http://localhost:8080", "http://videos.example"]) {
      const { app } = createHarness({ config: { publicUrl } });
      const ask = (host: string, address: string) => app.request(`http://${host}/api/v1/quota`, {}, { address });
      for (const address of ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"])
        expect((await ask("localhost:8080", address)).status).toBe(200);
      for (const address of ["192.168.1.7", "203.0.113.9", "::ffff:192.168.1.7", "2001:db8::1"])
        for (const host of ["localhost:8080", "127.0.0.1", "[::1]:8080"])
          await expectProblem(await ask(host, address), 403, "forbidden");
      if (publicUrl?.endsWith("example")) expect((await ask("videos.example", "203.0.113.9")).status).toBe(200);
    }
  });

  test("answers nobody where the program that serves it does not say who asks, until that says that it makes no difference", async () => {
    const { app: closed } = createHarness({ config: { unknownCallers: "refuse", publicUrl: "http://videos.example" } });
    for (const bindings of [undefined, {}, { address: "unknown" }, { address: "192.168.1.7:4711" }])
      for (const host of ["localhost", "127.0.0.1", "videos.example"]) {
        const refused = await closed.request(`http://${host}/api/v1/quota`, {}, bindings);
        const { detail, hint } = await expectProblem(refused, 403, "forbidden");
        expect(`${detail} ${hint}`).toMatch(/who asks.*AUTH=keys.*address.*unknownCallers/);
      }
    expect((await closed.request("http://localhost/api/v1/quota", {}, { address: "::1" })).status).toBe(200);
    const { app: open } = createHarness({ config: { unknownCallers: "admit" } });
    expect((await open.request("http://localhost/api/v1/quota")).status).toBe(200);
  });

  test("takes no changes from pages of other origins", async () => {
    const { send, service } = createHarness({ config: { corsOrigins: ["https://app.example"] } });
    const job = makeJob(1);
    service.jobs.set(job.id, job);
    const cancel = (origin: string) =>
      send("POST", `/api/v1/downloads/${job.id}/cancel`, undefined, { Origin: origin });
    await expectProblem(await cancel("https://evil.example"), 403, "forbidden");
    await expectProblem(await cancel("null"), 403, "forbidden");
    expect(service.jobs.get(job.id)?.state).toBe("queued");
    expect((await cancel("https://app.example")).status).toBe(200);
  });
});
