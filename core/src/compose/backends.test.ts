import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { createSilentLogger, systemClock } from "../adapters/system/index.ts";
import { ConfigError, parseConfig } from "../config/config.ts";
import { composeBackends } from "./backends.ts";

test("a key file of the CDN that cannot be read is a wrong value, named by its variable", async () => {
  await using dir = await tempDir();
  const config = parseConfig({
    DATABASE_URL: `sqlite:${join(dir.path, "jobs.db")}`,
    STORAGE_URL: "s3://bucket?region=eu-west-1",
    CDN_URL: "https://cdn.example.org",
    CDN_KEY_PAIR_ID: "K1",
    CDN_PRIVATE_KEY_FILE: join(dir.path, "missing.pem"),
  });
  const composed = composeBackends(config, { clock: systemClock, logger: createSilentLogger() });
  const error = await composed.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems).toEqual([expect.stringMatching(/^CDN_PRIVATE_KEY_FILE: .*missing\.pem/)]);
});

test("a key of the CDN that is none is a wrong value, named by its variable and not repeated", async () => {
  const config = parseConfig({
    DATABASE_URL: "sqlite:/dev/null",
    STORAGE_URL: "s3://bucket?region=eu-west-1",
    CDN_URL: "https://cdn.example.org",
    CDN_KEY_PAIR_ID: "K1",
    CDN_PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
  });
  const composed = composeBackends(config, { clock: systemClock, logger: createSilentLogger() });
  const error = await composed.catch((thrown: unknown) => thrown);
  expect((error as ConfigError).problems).toEqual([expect.stringMatching(/^CDN_PRIVATE_KEY: .*PEM/)]);
  expect(Bun.inspect(error)).not.toContain("hunter2");
});

test("links of the CDN are signed with a key from a variable, whose line ends may be written out", async () => {
  await using dir = await tempDir();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const config = parseConfig({
    DATABASE_URL: `sqlite:${join(dir.path, "jobs.db")}`,
    STORAGE_URL: "s3://bucket/files?region=eu-west-1",
    CDN_URL: "https://cdn.example.org",
    CDN_KEY_PAIR_ID: "K1",
    CDN_PRIVATE_KEY: pem.replaceAll("\n", "\\n"),
  });
  const backends = await composeBackends(config, { clock: systemClock, logger: createSilentLogger() });
  try {
    const link = await backends.blobs.link("jobs/job_1/1/art_1.mp4", {
      fileName: "a.mp4",
      contentType: "video/mp4",
      expiresInSeconds: 60,
    });
    expect(link).toStartWith("https://cdn.example.org/files/jobs/job_1/1/art_1.mp4?");
    expect(link).toContain("Key-Pair-Id=K1");
  } finally {
    await backends.close();
  }
});

test("a schema that cannot be is a wrong value, named by its variable and without the password", async () => {
  const config = parseConfig({ DATABASE_URL: "postgres://ada:hunter2@127.0.0.1/jobs?schema=Has-Quotes" });
  const composed = composeBackends(config, { clock: systemClock, logger: createSilentLogger() });
  const error = await composed.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems).toEqual([expect.stringMatching(/^DATABASE_URL: .*\?schema=/)]);
  expect(Bun.inspect(error)).not.toContain("hunter2");
});
