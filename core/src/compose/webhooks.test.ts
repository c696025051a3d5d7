import { expect, test } from "bun:test";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { parseConfig } from "../config/config.ts";
import { composeSecrets, keyFile } from "./secrets.ts";
import { composeWebhooks } from "./webhooks.ts";

test("the key beside a SQLite file is made once, for its user alone, also when several processes want it", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "deep", "secrets.key");
  const keys = await Promise.all(Array.from({ length: 8 }, () => keyFile(path)));
  expect(new Set(keys).size).toBe(1);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a secret opens with the key of the file again, and in its own place alone", async () => {
  await using dir = await tempDir();
  const config = parseConfig({ DATABASE_URL: `sqlite:${dir.path}/v.db` });
  const sealed = await composeSecrets(config).box.seal("whsec_x", "webhook one");
  expect(sealed).not.toContain("whsec_x");
  expect(await composeSecrets(config).box.open(sealed, "webhook one")).toBe("whsec_x");
  await expect(composeSecrets(config).box.open(sealed, "webhook two")).rejects.toThrow("cannot be decrypted");
});

test("a key is replaced by putting a new one before it", async () => {
  const [old, fresh] = ["o".repeat(32), "n".repeat(32)];
  const boxOf = (SECRETS_KEY: string) => composeSecrets(parseConfig({ SECRETS_KEY })).box;
  const sealed = await boxOf(old).seal("whsec_x", "one");
  expect(await boxOf(`${fresh},${old}`).open(sealed, "one")).toBe("whsec_x");
  await expect(boxOf(fresh).open(sealed, "one")).rejects.toThrow("cannot be decrypted");
});

test("a process that sends no webhooks takes them all the same, and opens the secrets of egresses", async () => {
  const config = parseConfig({ WEBHOOK_DELIVERY: "off", SECRETS_KEY: "k".repeat(32) });
  const secrets = composeSecrets(config);
  expect(composeWebhooks(config, secrets)).toMatchObject({ delivers: false, refused: null });
  expect(await secrets.box.open(await secrets.box.seal("proxy", "egress"), "egress")).toBe("proxy");
});

test("with PostgreSQL and without SECRETS_KEY webhooks are refused, and a CA_FILE that is not there harms nothing", () => {
  const url = "postgres://127.0.0.1/none";
  const refusedBy = (set: Readonly<Record<string, string>>) => {
    const config = parseConfig(set);
    return composeWebhooks(config, composeSecrets(config)).refused;
  };
  expect(refusedBy({ DATABASE_URL: url })).toContain("SECRETS_KEY");
  const set = { DATABASE_URL: url, SECRETS_KEY: "k".repeat(32), CA_FILE: "/nowhere.pem" };
  expect(refusedBy(set)).toBeNull();
});
