import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "@vidferry/core";
import { addEnvFile } from "@vidferry/core/program";
import { type TempDir, tempDir } from "@vidferry/testing";
import { readConfig } from "./command-settings.ts";

let dir: TempDir;
const home = process.cwd();
beforeEach(async () => {
  dir = await tempDir("vidferry-env");
  process.chdir(dir.path);
});
afterEach(async () => {
  process.chdir(home);
  await dir[Symbol.asyncDispose]();
});

describe("the .env file", () => {
  test("gives what the environment does not set: Vidferry's variables and S3's credentials, nothing else", async () => {
    await writeFile(
      join(dir.path, ".env"),
      'PORT=9000\nexport LOG_LEVEL="warn" # quiet\nAWS_ACCESS_KEY_ID=id\nPATH=/theirs\nNODE_TLS_REJECT_UNAUTHORIZED=0\n',
    );
    const environment: Record<string, string | undefined> = { PATH: "/bin", LOG_LEVEL: "error" };
    addEnvFile(environment);
    expect(environment).toEqual({ PATH: "/bin", LOG_LEVEL: "error", PORT: "9000", AWS_ACCESS_KEY_ID: "id" });
  });

  test("may be missing, or be a folder", async () => {
    addEnvFile({});
    await mkdir(join(dir.path, ".env"));
    addEnvFile({});
  });
});

describe("the settings of a command", () => {
  const wrong = { DATABASE_URL: "mysql://x", PORT: "http", STORAGE_URL: "ftp://x", AUTH: "off", HOST: "0.0.0.0" };
  test.each(["download", "demo"])("%s ignores those that it does not use", (command) => {
    expect(readConfig(command, { ...wrong, VIDFERRY_YTDLP: "/opt/yt-dlp" }).VIDFERRY_YTDLP).toBe("/opt/yt-dlp");
  });

  test("are checked where they are used", () => {
    expect(() => readConfig("serve", wrong)).toThrow(ConfigError);
    expect(() => readConfig("migrate", wrong)).toThrow(/DATABASE_URL/);
    expect(() => readConfig("download", { MAX_FILE_BYTES: "much" })).toThrow(/MAX_FILE_BYTES/);
  });
});
