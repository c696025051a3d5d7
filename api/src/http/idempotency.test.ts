import { describe, expect, test } from "bun:test";
import type { JobResource, Probe } from "@vidferry/core";
import { expectProblem } from "../testing/harness.ts";
import { createStack as createOpenStack } from "../testing/stack.ts";

async function createStack(probe?: () => Promise<Probe>) {
  const stack = await createOpenStack(probe);
  const post = (path: string, key: string | null, body?: unknown, at = stack.app): Promise<Response> =>
    stack.send("POST", path, body, key === null ? {} : { "idempotency-key": key }, at);
  return { ...stack, post, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

describe("a POST that is repeated with its Idempotency-Key", () => {
  test("gives the same answer, although the job has moved on, and does nothing again", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    const first = await stack.post(`/downloads/${id}/pause`, "a-key");
    expect(first.status).toBe(200);
    expect(first.headers.has("idempotent-replayed")).toBe(false);
    const text = await first.text();
    await stack.post(`/downloads/${id}/resume`, null);
    const again = await stack.post(`/downloads/${id}/pause`, "a-key", undefined, stack.other);
    expect([again.status, again.headers.get("idempotent-replayed"), await again.text()]).toEqual([200, "true", text]);
    expect((await stack.deps.database.jobs.get(id, null))?.state).toBe("queued");
  });

  test("is a conflict for another job or another body, and free for another operation", async () => {
    await using stack = await createStack();
    const [one, two] = [await stack.submit(), await stack.submit()];
    await stack.post(`/downloads/${one.id}/pause`, "a-key");
    await expectProblem(await stack.post(`/downloads/${two.id}/pause`, "a-key"), 422, "idempotency_conflict");
    await expectProblem(
      await stack.post(`/downloads/${one.id}/pause`, "a-key", { other: 1 }),
      422,
      "idempotency_conflict",
    );
    expect((await stack.post(`/downloads/${one.id}/resume`, "a-key")).status).toBe(200);
  });

  test("can be made again after an error, which is not kept", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    await expectProblem(await stack.post(`/downloads/${id}/resume`, "a-key"), 409, "invalid_state");
    await stack.post(`/downloads/${id}/pause`, null);
    const resumed = await stack.post(`/downloads/${id}/resume`, "a-key");
    expect([resumed.status, resumed.headers.has("idempotent-replayed")]).toEqual([200, false]);
  });

  test("is made once, however many come at the same time to however many processes", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const answer = await stack.post(
          `/downloads/${id}/cancel`,
          "a-key",
          undefined,
          index % 2 ? stack.other : undefined,
        );
        return [answer.status, ((await answer.json()) as JobResource).state];
      }),
    );
    expect(answers).toEqual(Array(10).fill([200, "canceled"]));
  });

  test("is told that the first one still runs, and then gets its answer", async () => {
    const gate = Promise.withResolvers<void>();
    let probes = 0;
    const listing: Probe = {
      ...{ kind: "playlist", id: "PL1", title: null, channel: null },
      ...{ webpageUrl: "https://www.youtube.com/playlist?list=PL1", count: 0, entries: [], nextCursor: null },
    };
    await using stack = await createStack(async () => {
      probes += 1;
      await gate.promise;
      return listing;
    });
    const body = { url: "https://www.youtube.com/playlist?list=PL1" };
    const first = stack.post("/probe", "a-key", body);
    const early = await stack.post("/probe", "a-key", body, stack.other);
    expect(early.headers.get("retry-after")).toBe("1");
    expect((await expectProblem(early, 409, "idempotency_in_progress")).retryable).toBe(true);
    gate.resolve();
    expect((await first).status).toBe(200);
    const again = await stack.post("/probe", "a-key", body, stack.other);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect([await again.json(), probes]).toEqual([listing, 1]);
  });

  test("a probe that failed is made again at once", async () => {
    let probes = 0;
    await using stack = await createStack(async () => {
      probes += 1;
      throw new Error("the engine is away");
    });
    const body = { url: "https://www.youtube.com/watch?v=sample00001" };
    for (let tries = 0; tries < 2; tries += 1) {
      await expectProblem(await stack.post("/probe", "a-key", body), 500, "internal_error");
    }
    expect(probes).toBe(2);
  });

  test("may bring a body that its operation does not read, however deeply it is nested", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit();
    const body = "[".repeat(30_000) + "]".repeat(30_000);
    const headers = { "idempotency-key": "a-key", "content-type": "text/plain" };
    const pause = () => stack.app.request(`/api/v1/downloads/${id}/pause`, { method: "POST", headers, body });
    expect((await pause()).status).toBe(200);
    expect((await pause()).headers.get("idempotent-replayed")).toBe("true");
  });

  test("leaves no answer that can be read in the store without the key", async () => {
    await using stack = await createStack();
    const { id } = await stack.submit({ labels: { secret: "planted-secret" } });
    await stack.post(`/downloads/${id}/pause`, "a-key-0001");
    const seen = JSON.stringify(await kept(stack.deps.database, id));
    expect(seen).toContain("answered");
    expect(seen).not.toContain("planted-secret");
    expect(seen).not.toContain("a-key-0001");
  });
});

/** What the store has of the pause above. */
async function kept(store: Awaited<ReturnType<typeof createStack>>["deps"]["database"], id: string) {
  const { createHash } = await import("node:crypto");
  const { fingerprintOf } = await import("@vidferry/core");
  return store.answers.begin(
    {
      owner: "local",
      operation: "POST /api/v1/downloads/:id/pause",
      keyHash: createHash("sha256").update("vidferry-key-1 a-key-0001").digest("hex"),
      fingerprint: await fingerprintOf([`/api/v1/downloads/${id}/pause`, null]),
    },
    "a-test",
    0,
  );
}
