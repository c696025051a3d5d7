import { describe, expect, test } from "bun:test";
import { createServiceFixture, eventually, roomyLimits } from "@vidferry/testing";
import { createScaleInProtection } from "./scale-in-protection.ts";
import { startWorker } from "./worker.ts";

/** A stand-in for the ECS agent: remembers what it was asked, and answers as it is told. */
function startAgent() {
  const asked: unknown[] = [];
  let answer = () => Response.json({ protection: { ProtectionEnabled: true } });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (request.method !== "PUT" || pathname !== "/api/task-1/task-protection/v1/state")
        return new Response(null, { status: 404 });
      asked.push(await request.json());
      return answer();
    },
  });
  return {
    uri: `http://127.0.0.1:${server.port}/api/task-1`,
    asked,
    answers: (next: () => Response) => {
      answer = next;
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const protect = { ProtectionEnabled: true, ExpiresInMinutes: 30 };
const release = { ProtectionEnabled: false };
const never = new AbortController().signal;

/** Protection of a worker whose jobs and clock the test sets. */
function setUp(agentUri: string) {
  const state = { busy: false, now: 0 };
  const clock = { now: () => new Date(state.now) };
  const task = createScaleInProtection({ agentUri, clock, isBusy: () => state.busy });
  return {
    run: async (at: number, busy: boolean) => {
      state.now = at * 1_000;
      state.busy = busy;
      await task.run(never);
    },
  };
}

describe("the protection of a busy worker on ECS", () => {
  test("begins with the first job and ends a little after the last", async () => {
    await using agent = startAgent();
    const { run } = setUp(agent.uri);
    await run(0, false);
    expect(agent.asked).toEqual([]);
    await run(10, true);
    await run(12, true);
    expect(agent.asked).toEqual([protect]);
    await run(20, false);
    await run(24, true);
    await run(30, false);
    expect(agent.asked).toEqual([protect]);
    await run(40, false);
    await run(60, false);
    expect(agent.asked).toEqual([protect, release]);
  });

  test("is renewed long before it would end by itself", async () => {
    await using agent = startAgent();
    const { run } = setUp(agent.uri);
    for (let at = 0; at <= 3_600; at += 60) await run(at, true);
    expect(agent.asked.length).toBeGreaterThanOrEqual(6);
    expect(agent.asked.length).toBeLessThanOrEqual(8);
  });

  test.each([
    ["with a status", () => new Response("AccessDeniedException", { status: 400 })],
    ["with a failure in its answer", () => Response.json({ failure: { Reason: "DEPLOYMENT_BLOCKED" } })],
  ])("is asked for again when the agent refuses %s, and says what is missing", async (_, refuse) => {
    await using agent = startAgent();
    const { run } = setUp(agent.uri);
    agent.answers(refuse);
    const refused = run(0, true);
    await expect(refused).rejects.toThrow("ecs:UpdateTaskProtection");
    agent.answers(() => Response.json({}));
    await run(2, true);
    await run(4, true);
    expect(agent.asked).toEqual([protect, protect]);
  });

  test("does not keep a worker from its jobs when the agent is away", async () => {
    await using fixture = await createServiceFixture();
    const worker = await startWorker(fixture.deps, {
      host: "host-1",
      concurrency: 1,
      leaseMs: 60_000,
      limits: roomyLimits,
      retentionMs: null,
      ecsAgentUri: "http://127.0.0.1:1",
    });
    const job = await fixture.submit();
    await eventually(async () => (await fixture.deps.database.jobs.get(job.id, null))?.state === "succeeded");
    await worker.stop(1_000);
  });

  test("is asked for by a worker that runs a job", async () => {
    await using agent = startAgent();
    await using fixture = await createServiceFixture();
    const held = Promise.withResolvers<void>();
    const fetchStreams = fixture.deps.downloader.fetch.bind(fixture.deps.downloader);
    const deps = {
      ...fixture.deps,
      downloader: {
        ...fixture.deps.downloader,
        fetch: async (...args: Parameters<typeof fetchStreams>) => {
          await held.promise;
          return await fetchStreams(...args);
        },
      },
    };
    const worker = await startWorker(deps, {
      host: "host-1",
      concurrency: 1,
      leaseMs: 60_000,
      limits: roomyLimits,
      retentionMs: null,
      ecsAgentUri: agent.uri,
    });
    await fixture.submit();
    await eventually(() => agent.asked.length > 0);
    expect(agent.asked).toEqual([protect]);
    held.resolve();
    await worker.stop(1_000);
  });
});
