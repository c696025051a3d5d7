import { describe, expect, setSystemTime, test } from "bun:test";
import { AppError, createApiKey, type RateCounter } from "@vidferry/core";
import { memoryRateCounter, memoryStore } from "@vidferry/core/memory";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { createOpenAuth } from "../auth/auth.ts";
import { createKeyAuth } from "../auth/keys.ts";
import { createHarness, expectProblem } from "../testing/harness.ts";
import { startHarness } from "../testing/live-server.ts";
import { makeArtifact, makeJob } from "../testing/samples.ts";
import { createLimits, type LimitOptions } from "./limits.ts";
import { networkOf } from "./network.ts";

const generous: LimitOptions = { requestsPerMinute: 100, anonymousPerMinute: 100, wrongKeysPerMinute: 100 };
const deps = { ids: createIdGenerator(), clock: systemClock };
const wrongKey = async () => (await createApiKey(deps, { name: "wrong" })).secret;

/** An app with real keys and limits: two of alice, one of bob. */
async function withLimits(
  options: Partial<LimitOptions> = {},
  accounts: Readonly<Record<string, number>> = {},
  counter: RateCounter = memoryRateCounter(),
) {
  const store = memoryStore(deps);
  const secrets: string[] = [];
  for (const owner of ["alice", "alice", "bob"]) {
    const { key, secret } = await createApiKey(deps, { name: "test", owner, scopes: ["admin"] });
    await store.keys.insert(key);
    secrets.push(secret);
  }
  const limits = createLimits(
    { ...generous, ...options },
    { counter, clock: systemClock, limitOf: async (owner) => accounts[owner] ?? null },
  );
  const logger = { warn: () => undefined };
  const auth = createKeyAuth({
    keys: store.keys,
    clock: systemClock,
    logger,
    ...(limits.guesses === null ? {} : { guesses: limits.guesses }),
  });
  const harness = createHarness({ auth, limits });
  const get = (secret: string | null, path = "/api/v1/downloads", address = "192.0.2.1") =>
    harness.app.request(path, { headers: secret === null ? {} : { Authorization: `Bearer ${secret}` } }, { address });
  const [alice = "", alices = "", bob = ""] = secrets;
  return { ...harness, limits, auth, get, alice, alices, bob };
}

describe("requests with a key", () => {
  test("are limited for each owner, over all of their keys, and for nobody else", async () => {
    const { get, alice, alices, bob } = await withLimits({ requestsPerMinute: 3 });
    for (const key of [alice, alices, alice]) expect((await get(key)).status).toBe(200);
    for (const key of [alice, alices]) await expectProblem(await get(key), 429, "rate_limit_exceeded");
    expect((await get(bob)).status).toBe(200);
  });

  test("are limited by what the account says, more or less than the service does", async () => {
    const { get, alice, bob } = await withLimits({ requestsPerMinute: 2 }, { alice: 1, bob: 3 });
    expect((await get(alice)).status).toBe(200);
    expect((await get(alice)).status).toBe(429);
    for (let i = 0; i < 3; i++) expect((await get(bob)).status).toBe(200);
    expect((await get(bob)).status).toBe(429);
  });

  test("say on every answer what is left, in the form of the draft", async () => {
    const { get, send, alice } = await withLimits({ requestsPerMinute: 4 });
    const told = ({ headers }: Response) => [headers.get("ratelimit"), headers.get("ratelimit-policy")];
    const first = await get(alice);
    expect(told(first)).toEqual([expect.stringMatching(/^"requests";r=3;t=(59|60)$/), '"requests";q=4;w=60']);
    const bearer = { Authorization: `Bearer ${alice}` };
    const refused = await send("POST", "/api/v1/downloads", { url: "x", bad: 1 }, bearer);
    expect([refused.status, told(refused)[0]]).toEqual([422, expect.stringMatching(/^"requests";r=2;t=\d+$/)]);
    const missing = await get(alice, `/api/v1/downloads/${makeJob(9).id}`);
    expect([missing.status, told(missing)[0]]).toEqual([404, expect.stringMatching(/^"requests";r=1;t=\d+$/)]);
    await get(alice);
    const over = await get(alice);
    expect(told(over)).toEqual([expect.stringMatching(/^"requests";r=0;t=\d+$/), '"requests";q=4;w=60']);
    const seconds = Number(over.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect((await expectProblem(over, 429, "rate_limit_exceeded")).detail).toContain("4 requests a minute");
  });

  test("to health, the documentation and static files are not limited, nor are preflights", async () => {
    const { app, get, alice } = await withLimits({ requestsPerMinute: 1, anonymousPerMinute: 1 });
    for (let i = 0; i < 3; i++) {
      for (const path of ["/", "/livez", "/readyz", "/health", "/docs", "/docs/start.js", "/openapi.json"]) {
        for (const key of [null, alice]) {
          const response = await get(key, path);
          expect([path, response.status, response.headers.has("ratelimit")]).toEqual([path, 200, false]);
        }
      }
      expect((await app.request("/api/v1/downloads", { method: "OPTIONS" }, { address: "192.0.2.1" })).status).toBe(
        204,
      );
    }
    expect((await get(alice)).status).toBe(200);
  });

  test("for the metrics and for health are not counted, so that a busy owner does not blind the operator", async () => {
    const { get, alice } = await withLimits({ requestsPerMinute: 1 });
    for (const path of ["/metrics", "/health/detailed", "/metrics"]) {
      const response = await get(alice, path);
      expect([path, response.status, response.headers.has("ratelimit")]).toEqual([path, 200, false]);
    }
    expect((await get(alice)).status).toBe(200);
    expect((await get(alice)).status).toBe(429);
    expect((await get(alice, "/metrics")).status).toBe(200);
    // A guess is one wherever it is made.
    expect((await get(await wrongKey(), "/metrics")).headers.get("ratelimit")).toContain("r=99;");
  });

  test("that open a stream count once, however long it lasts", async () => {
    const { auth, limits, alice } = await withLimits({ requestsPerMinute: 100 });
    const { url, service } = await startHarness({ auth, limits, config: { heartbeatMs: 5 } });
    const job = makeJob(1, { owner: "alice", state: "running", attempt: 1 });
    service.jobs.set(job.id, job);
    service.onFollow = async function* (_id, signal) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield* [];
    };
    const headers = { Authorization: `Bearer ${alice}` };
    const stream = await fetch(`${url}/api/v1/downloads/${job.id}/events`, { headers });
    expect(stream.headers.get("ratelimit")).toContain("r=99;");
    const reader = stream.body?.getReader();
    for (let i = 0; i < 5; i++) await reader?.read();
    expect((await fetch(`${url}/api/v1/downloads`, { headers })).headers.get("ratelimit")).toContain("r=98;");
    await reader?.cancel();
  });

  test("are not limited while the service runs without keys", async () => {
    const { send } = createHarness({ auth: createOpenAuth() });
    expect((await send("GET", "/api/v1/downloads")).headers.has("ratelimit")).toBe(false);
  });
});

describe("requests without a key", () => {
  test("are limited for each address", async () => {
    const { get, alice } = await withLimits({ anonymousPerMinute: 2 });
    for (let i = 0; i < 2; i++) {
      const refused = await get(null);
      expect([refused.status, refused.headers.get("ratelimit")]).toEqual([
        401,
        expect.stringMatching(/^"anonymous";r=[01];t=\d+$/),
      ]);
    }
    await expectProblem(await get(null), 429, "rate_limit_exceeded");
    await expectProblem(await get(null, "/api/v1/nothing"), 429, "rate_limit_exceeded");
    expect((await get(null, undefined, "192.0.2.2")).status).toBe(401);
    expect((await get(alice)).status).toBe(200);
  });

  test("are those with signed links and tickets, whatever header comes with them", async () => {
    const { app } = await withLimits({ anonymousPerMinute: 2 });
    const [job, file] = [makeJob(1), makeArtifact(1, 1)];
    const paths = [
      `/api/v1/downloads/${job.id}/files/${file.id}?token=forged`,
      `/api/v1/events?ticket=vft_forged`,
      `/api/v1/downloads/${job.id}/files/${file.id}?token=forged`,
    ];
    const statuses = [];
    for (const path of paths)
      statuses.push((await app.request(path, { headers: { "X-API-Key": "x" } }, { address: "192.0.2.1" })).status);
    expect(statuses).toEqual([401, 401, 429]);
  });
});

describe("wrong keys", () => {
  test("are told so, and from the limit on slowed down", async () => {
    const { get } = await withLimits({ wrongKeysPerMinute: 2 });
    for (let i = 0; i < 2; i++) {
      const refused = await get(await wrongKey());
      expect(refused.headers.get("ratelimit")).toStartWith(`"wrong-keys";r=${1 - i};`);
      await expectProblem(refused, 401, "unauthorized");
    }
    const limited = await get("vf_no-key-at-all");
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
    await expectProblem(limited, 429, "rate_limit_exceeded");
    await expectProblem(await get(await wrongKey()), 429, "rate_limit_exceeded");
    await expectProblem(await get(await wrongKey(), undefined, "192.0.2.2"), 401, "unauthorized");
  });

  test("of one address do not lock out keys that work behind it, not even those that were never used", async () => {
    const { get, alice, bob } = await withLimits({ wrongKeysPerMinute: 1 });
    expect((await get(alice)).status).toBe(200);
    for (let i = 0; i < 3; i++) await get(await wrongKey());
    expect((await get(alice)).status).toBe(200);
    expect((await get(bob)).status).toBe(200);
  });

  test("are tickets and signed links that were made up, too", async () => {
    const { get, send } = await withLimits({ wrongKeysPerMinute: 3 });
    const [job, file] = [makeJob(1), makeArtifact(1, 1)];
    const paths = [
      "/api/v1/events?ticket=vft_forged",
      `/api/v1/downloads/${job.id}/events?ticket=vft_${"x".repeat(43)}`,
      `/api/v1/downloads/${job.id}/files/${file.id}?token=forged`,
    ];
    for (const [index, path] of paths.entries()) {
      const refused = await get(null, path);
      expect(refused.headers.get("ratelimit")).toStartWith(`"wrong-keys";r=${2 - index};`);
      await expectProblem(refused, 401, "unauthorized");
    }
    for (const path of paths) await expectProblem(await get(null, path), 429, "rate_limit_exceeded");
    await expectProblem(await get(await wrongKey()), 429, "rate_limit_exceeded");
    for (const path of paths) await expectProblem(await get(null, path, "192.0.2.2"), 401, "unauthorized");
    expect((await send("GET", "/livez")).status).toBe(200);
  });

  test("are no links that were good and have expired, and a ticket or link that works passes beside wrong ones", async () => {
    const { app, get, alice, service } = await withLimits({ wrongKeysPerMinute: 1 });
    const file = makeArtifact(1, 1);
    const job = makeJob(1, { owner: "alice", state: "succeeded", artifacts: [file] });
    service.jobs.set(job.id, job);
    const place = `/api/v1/downloads/${job.id}/files/${file.id}`;
    const headers = { Authorization: `Bearer ${alice}` };
    const make = async (path: string): Promise<{ url: string; ticket: string }> =>
      (await (await app.request(path, { method: "POST", headers }, { address: "192.0.2.9" })).json()) as never;
    const { url } = await make(`${place}/link`);
    const link = new URL(url, "http://localhost");
    const { ticket } = await make("/api/v1/tickets");
    const expired = new Date(Date.now() + 7_200_000);
    setSystemTime(expired);
    try {
      for (let i = 0; i < 3; i++) await expectProblem(await get(null, `${place}${link.search}`), 401, "unauthorized");
    } finally {
      setSystemTime();
    }
    for (let i = 0; i < 3; i++) await get(await wrongKey());
    expect((await get(null, `${place}${link.search}`)).status).toBe(200);
    expect((await get(null, `${place}${link.search}&again=`)).status).toBe(200);
    expect(await get(null, `/api/v1/downloads/${job.id}/events?ticket=${ticket}`)).toMatchObject({ status: 200 });
  });

  test("beyond the limit are looked up one after the other, and only some of them", async () => {
    const { limits } = await withLimits({ wrongKeysPerMinute: 1 });
    let [looking, most, looks] = [0, 0, 0];
    const guess = (hash: string) =>
      limits.guesses?.attempt({
        hash,
        address: "192.0.2.1",
        open: async () => {
          looks += 1;
          looking += 1;
          most = Math.max(most, looking);
          await Promise.resolve();
          looking -= 1;
          throw new AppError("unauthorized", "no");
        },
      });
    await Promise.allSettled([guess("a")]);
    looks = 0;
    const all = await Promise.allSettled(Array.from({ length: 40 }, (_, number) => guess(`b${number}`)));
    expect([most, looks]).toEqual([1, 20]);
    for (const one of all)
      expect(one.status === "rejected" && one.reason).toMatchObject({ code: "rate_limit_exceeded" });
  });
});

test("every operation with a key is limited before it does anything", async () => {
  const { app, get, send, alice } = await withLimits({ requestsPerMinute: 1 });
  const { paths } = (await (await send("GET", "/openapi.json")).json()) as {
    paths: Record<string, Record<string, { security?: readonly object[] }>>;
  };
  await get(alice);
  const headers = { Authorization: `Bearer ${alice}` };
  for (const [path, operations] of Object.entries(paths)) {
    if (!path.startsWith("/api/")) continue;
    for (const [method, { security = [] }] of Object.entries(operations)) {
      // What takes no key is opened by a token, and limited by address.
      if (security.length === 0) continue;
      const address = path.replaceAll(/\{[^}]+\}/g, "x");
      const response = await app.request(address, { method: method.toUpperCase(), headers }, { address: "192.0.2.1" });
      expect([method, path, response.status]).toEqual([method, path, 429]);
    }
  }
});

test("an IPv6 client is its /64", () => {
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8::1")).toBe("2001:db8:0:0::/64");
  expect(networkOf("::1")).toBe("0:0:0:0::/64");
  expect(networkOf("2001:db8:1:2::")).toBe("2001:db8:1:2::/64");
  expect(networkOf("192.0.2.1")).toBe("192.0.2.1");
  expect(networkOf(null)).toBe("unknown");
});

test("every limited operation describes its limits, others those of wrong keys where they take one", async () => {
  const { send } = createHarness();
  type Answers = Record<string, { headers?: Record<string, unknown> }>;
  const { paths } = (await (await send("GET", "/openapi.json")).json()) as {
    paths: Record<string, Record<string, { responses: Answers }>>;
  };
  for (const [path, operations] of Object.entries(paths)) {
    const isLimited = path.startsWith("/api/");
    for (const { responses } of Object.values(operations)) {
      expect([path, "429" in responses]).toEqual([path, isLimited || "401" in responses]);
      // What refers to a component is refused before it is counted.
      const counted = Object.entries(responses).filter(([, response]) => !("$ref" in response));
      for (const [status, { headers = {} }] of counted)
        expect([path, status, "RateLimit" in headers]).toEqual([
          path,
          status,
          isLimited || status === "401" || status === "429",
        ]);
      if ("429" in responses) expect(responses["429"]?.headers).toHaveProperty("Retry-After");
    }
  }
});
