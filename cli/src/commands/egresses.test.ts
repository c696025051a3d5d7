import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { createEgress, type EgressResource } from "@vidferry/core";
import { composeBackends, composeSecrets } from "@vidferry/core/compose";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";
import { type TempDir, tempDir } from "@vidferry/testing";
import { checkEveryEgress } from "../check-egress-secrets.ts";
import { readConfig } from "../command-settings.ts";
import { operator } from "../operator.ts";
import { runInProcess } from "../testing/run-in-process.ts";

let dir: TempDir;
let proxy: Server;
let environment: Record<string, string>;

const open = () =>
  composeBackends(readConfig("egresses", environment), {
    clock: systemClock,
    logger: createSilentLogger(),
    migrate: true,
  });
const vidferry = (...args: readonly string[]) => runInProcess(["egresses", ...args], environment);
const listed = async () => (await vidferry("list", "--json")).out.map((line) => JSON.parse(line) as EgressResource);

beforeAll(async () => {
  dir = await tempDir("vidferry-egresses");
  environment = { DATABASE_URL: `sqlite:${join(dir.path, "vidferry.db")}`, LOG_LEVEL: "error" };
  proxy = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  const { port } = proxy.address() as { port: number };
  const backends = await open();
  const secretSupport = composeSecrets(readConfig("egresses", environment));
  const deps = {
    ...backends,
    clock: systemClock,
    ids: createIdGenerator(),
    logger: createSilentLogger(),
    secretSupport,
  };
  const expires = Math.floor(Date.now() / 1000) + 86_400;
  const cookies = `.youtube.com\tTRUE\t/\tTRUE\t${expires}\tSID\tsecret-of-an-account\n`;
  await createEgress(
    deps,
    { name: "home", pool: "homes", proxyUrl: `http://user:pa55word@127.0.0.1:${port}` },
    operator,
    null,
  );
  await createEgress(deps, { name: "dead", proxyUrl: "http://127.0.0.1:9", cookies }, operator, null);
  await backends.close();
});
afterAll(async () => {
  proxy?.close();
  await dir?.[Symbol.asyncDispose]();
});

describe("vidferry egresses", () => {
  test("lists them with their states, for people and as JSON, and no secret", async () => {
    const { exitCode, out } = await vidferry("list");
    expect([exitCode, out.length]).toEqual([0, 3]);
    expect(out[1]).toMatch(/^egr_\w+ {2}ready {5}0\/250 uses {2}home {2}pool homes {2}proxy$/);
    expect(out[2]).toMatch(/ dead {2}proxy {2}cookies$/);
    expect((await listed()).map(({ name, state }) => `${name} ${state}`)).toEqual([
      "direct ready",
      "home ready",
      "dead ready",
    ]);
    expect(JSON.stringify([out, await listed()])).not.toMatch(/pa55word|secret-of-an-account/);
  });

  test("disables, enables and resets one by its name or id, and notes who did it", async () => {
    expect(await vidferry("disable", "home")).toMatchObject({ exitCode: 0, out: ["home is disabled"] });
    expect((await listed()).find(({ name }) => name === "home")?.state).toBe("disabled");
    const { id = "" } = (await listed()).find(({ name }) => name === "home") ?? {};
    expect(await vidferry("enable", id)).toMatchObject({ exitCode: 0 });
    expect(await vidferry("reset", "direct")).toMatchObject({ exitCode: 0, out: ["direct is reset"] });
    const backends = await open();
    const entries = await backends.database.audit.list({ limit: 10 });
    await backends.close();
    expect(entries.map(({ action, by }) => `${action} ${by.via}`)).toEqual(
      expect.arrayContaining(["egress.reset cli", "egress.changed cli"]),
    );
  });

  test("says which one there is not, and which one stays", async () => {
    const missing = await vidferry("reset", "nowhere");
    expect([missing.exitCode, missing.notes.join()]).toEqual([
      1,
      expect.stringMatching(/There is no egress "nowhere"/),
    ]);
    const builtIn = await vidferry("delete", "direct");
    expect([builtIn.exitCode, builtIn.notes.join()]).toEqual([1, expect.stringMatching(/cannot be deleted/)]);
  });

  test("doctor says which proxies are dead, and whose cookies end soon", async () => {
    const backends = await open();
    const checks = await checkEveryEgress(readConfig("egresses", environment), backends);
    await backends.close();
    const lines = checks.map(({ name, status, detail }) => `${status} ${name}: ${detail}`).join("\n");
    expect(lines).toMatch(/^ok egress home proxy: can be connected to$/m);
    expect(lines).toMatch(/^warning egress dead proxy: cannot be connected to: ECONNREFUSED$/m);
    expect(lines).toMatch(/^warning egress dead cookies: the last of them expires at /m);
  });

  test("deletes one", async () => {
    expect(await vidferry("delete", "dead")).toMatchObject({ exitCode: 0, out: ["dead is deleted"] });
    expect((await listed()).map(({ name }) => name).toSorted()).toEqual(["direct", "home"]);
  });
});
