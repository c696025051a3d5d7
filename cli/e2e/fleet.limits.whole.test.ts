import { expect, test } from "bun:test";
import { runCommand } from "./command.ts";
import { startFleet } from "./fleet/fleet.ts";
import { fleetServers, missingServers } from "./fleet/servers.ts";

test.skipIf(missingServers() !== undefined)(
  "two API processes on postgres, redis and s3 count the requests of an owner and the wrong keys of an address together",
  async () => {
    await using servers = await fleetServers();
    const env = { AUTH: "keys", REQUESTS_PER_MINUTE: "6", WRONG_KEYS_PER_MINUTE: "3", TRUSTED_PROXIES: "loopback" };
    await using fleet = await startFleet({ ...servers, env });
    const made = await runCommand(["keys", "create", "--name", "test"], { cwd: fleet.home, env: fleet.env });
    const secret = /vf_\w+/.exec(made.stdout)?.[0] ?? "";
    const apis = [await fleet.api(), await fleet.api()];
    const ask = async (n: number, key: string, from: string) => {
      const headers = { Authorization: `Bearer ${key}`, "X-Forwarded-For": from };
      return await fetch(`${apis[n % 2]?.url}/api/v1/downloads`, { headers });
    };
    const statuses = async (count: number, key: string, from: (n: number) => string) => {
      const all = [];
      for (let n = 0; n < count; n++) all.push((await ask(n, key, from(n))).status);
      return all;
    };
    expect(await statuses(8, secret, (n) => `192.0.2.${n}`)).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
    expect(await statuses(5, "vf_wrong", () => "198.51.100.1")).toEqual([401, 401, 401, 429, 429]);
    expect(await statuses(1, "vf_wrong", () => "198.51.100.2")).toEqual([401]);
  },
  120_000,
);
