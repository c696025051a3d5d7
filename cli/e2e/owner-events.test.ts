import { expect, test } from "bun:test";
import { type OwnerEvent, Vidferry } from "@vidferry/sdk";
import { eventually, freePort, tempDir } from "@vidferry/testing";
import { startRole } from "./fleet/role-process.ts";

test("a client of one process is told the end of each job although the process was killed, and its log with it", async () => {
  await using dir = await tempDir("vidferry-events");
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: dir.path,
    PORT: String(await freePort()),
    DATABASE_URL: `sqlite:${dir.path}/vidferry.db`,
    STORAGE_URL: `file:${dir.path}/files`,
    WORK_DIR: `${dir.path}/work`,
  };
  const start = () => startRole("api", { cwd: dir.path, env });
  const first = await start();
  const vidferry = new Vidferry({ baseUrl: first.url });
  const leave = new AbortController();
  const seen: OwnerEvent[] = [];
  const following = (async () => {
    for await (const event of vidferry.events({ signal: leave.signal })) seen.push(event);
  })().catch(() => undefined);
  await eventually(() => seen.length === 1);
  const link = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
  const jobs = [await vidferry.downloads.create({ url: link }), await vidferry.downloads.create({ url: link })];
  await eventually(() => seen.length === 3);
  // The client is away while one ends, and what was told of it dies with the process.
  first.signal("SIGSTOP");
  const ended = fetch(`${first.url}/api/v1/downloads/${jobs[0]?.id}/cancel`, { method: "POST" }).catch(() => undefined);
  await first.end("SIGKILL");
  await ended;
  await using _second = await start();
  await vidferry.downloads.cancel(jobs[0]?.id ?? "");
  const last = await vidferry.downloads.create({ url: link });
  const statesOf = (id = "") =>
    seen.flatMap(({ type, data }) => (type === "job" && data.id === id ? [data.state] : []));
  await eventually(() => statesOf(jobs[0]?.id).at(-1) === "canceled" && statesOf(last.id).length > 0);
  expect(statesOf(jobs[1]?.id).at(-1)).toBe("queued");
  expect(seen.filter(({ type }) => type === "snapshot")).toHaveLength(2);
  leave.abort();
  await following;
}, 90_000);
