import { describe, expect, test } from "bun:test";
import { startHarness } from "../../api/src/testing/live-server.ts";
import { NotFoundError, TimeoutError } from "./errors.ts";
import type { Batch } from "./types.ts";
import { Vidferry } from "./vidferry.ts";

const link = (number: number): string => `https://www.youtube.com/watch?v=v${String(number).padStart(10, "0")}`;

describe("batches against a real server", () => {
  test("are made, read, listed, canceled and deleted", async () => {
    const { url: baseUrl } = await startHarness();
    const { batches } = new Vidferry({ baseUrl });
    const request = { urls: [link(1), link(2)], request: { output: { type: "audio", format: "mp3" } } } as const;
    const batch = await batches.create({ ...request, urls: [...request.urls] }, { idempotencyKey: "one" });
    expect(batch).toMatchObject({ state: "expanding", counts: { total: 2 } });
    expect((await batches.create({ ...request, urls: [...request.urls] }, { idempotencyKey: "one" })).id).toBe(
      batch.id,
    );
    expect((await batches.get(batch.id)).id).toBe(batch.id);
    expect((await Array.fromAsync(batches.list({ limit: 1 }))).map(({ id }) => id)).toEqual([batch.id]);
    expect(await Array.fromAsync(batches.skipped(batch.id))).toEqual([]);
    await expect(batches.archive(batch.id)).rejects.toMatchObject({ code: "invalid_state" });
    await expect(batches.retry(batch.id)).rejects.toMatchObject({ code: "invalid_state" });
    expect((await batches.cancel(batch.id)).state).toBe("canceled");
    await batches.remove(batch.id);
    await expect(batches.get(batch.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  test("are followed and waited for until they are over", async () => {
    const { url: baseUrl } = await startHarness();
    const { batches } = new Vidferry({ baseUrl });
    const { id } = await batches.create({ urls: [link(1)] });
    await expect(batches.wait(id, { timeoutMs: 50 })).rejects.toBeInstanceOf(TimeoutError);
    const seen: Batch["state"][] = [];
    const waiting = batches.wait(id, { onProgress: ({ state }) => seen.push(state) });
    const events = Array.fromAsync(batches.events(id));
    await batches.cancel(id);
    expect((await waiting).state).toBe("canceled");
    expect(seen.at(-1)).toBe("canceled");
    expect((await events).at(-1)).toMatchObject({ type: "batch", data: { id, state: "canceled" } });
    await expect(batches.wait(`bat_${"0".repeat(32)}`)).rejects.toBeInstanceOf(NotFoundError);
    const gone = new AbortController();
    gone.abort(new Error("left"));
    await expect(batches.wait(id, { signal: gone.signal })).rejects.toThrow("left");
  });
});
