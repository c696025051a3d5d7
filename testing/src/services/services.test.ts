import { describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { eventually } from "../eventually.ts";
import { createTestDatabase, missingService, startRedis, useService } from "./index.ts";

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(missingService("postgres") !== undefined)("the postgres service", () => {
  test("gives each test a database of its own and drops it afterwards", async () => {
    const server = await useService("postgres");
    let name = "";
    {
      await using database = await createTestDatabase(server);
      name = new URL(database.url).pathname.slice(1);
      const sql = postgres(database.url, { max: 1 });
      expect(await sql`SELECT current_database() AS name`).toMatchObject([{ name }]);
      await sql.end();
    }
    const sql = postgres(server, { max: 1 });
    expect(await sql`SELECT 1 FROM pg_database WHERE datname = ${name}`).toHaveLength(0);
    await sql.end();
  });
});

describe.skipIf(missingService("redis") !== undefined)("the redis service", () => {
  test("restarts on the same port as another process and leaves none when stopped", async () => {
    const redis = await startRedis();
    const [before, url] = [redis.pid, redis.url];
    await redis.restart();
    expect(redis.url).toBe(url);
    expect(redis.pid).not.toBe(before);
    expect(isAlive(before)).toBe(false);
    await redis.stop();
    expect(isAlive(redis.pid)).toBe(false);
    await redis.stop();
  });

  test("says what the server said when it does not start", async () => {
    await expect(startRedis({ args: ["--maxmemory", "nonsense"] })).rejects.toThrow(
      /Redis did not start: [\s\S]*maxmemory/,
    );
  });

  test("ends with its owner when the owner is killed", async () => {
    const service = fileURLToPath(new URL("./index.ts", import.meta.url));
    const script = `const { startRedis } = await import(${JSON.stringify(service)}); const r = await startRedis(); console.log(r.pid); setInterval(() => undefined, 1000);`;
    const owner = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    const reader = owner.stdout.getReader();
    const pid = Number.parseInt(new TextDecoder().decode((await reader.read()).value), 10);
    expect(isAlive(pid)).toBe(true);
    owner.kill("SIGKILL");
    await eventually(() => !isAlive(pid), { message: "the end of the server" });
  });
});

test.skipIf(missingService("s3") !== undefined)("the s3 service speaks the S3 protocol", async () => {
  const answer = await fetch(new URL("/", await useService("s3")));
  expect(await answer.text()).toContain("ListAllMyBucketsResult");
});
