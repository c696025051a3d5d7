import { describe, expect, test } from "bun:test";
import { ConfigError, parseConfig } from "./config.ts";

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe("configuration", () => {
  test("has defaults that work on one machine without any variable", () => {
    const config = parseConfig({});
    expect(config).toMatchObject({
      HOST: "127.0.0.1",
      PORT: 8080,
      AUTH: "off",
      DATABASE_URL: "sqlite:./data/vidferry.db",
      REDIS_URL: null,
      WORKER_CONCURRENCY: 2,
      ALLOWED_HOSTS: ["youtube.com"],
      MAX_FILE_BYTES: null,
      MAX_ATTEMPTS: 3,
    });
  });

  test("takes an empty value for an absent one", () => {
    expect(parseConfig({ PORT: "", MAX_FILE_BYTES: "" })).toMatchObject({ PORT: 8080, MAX_FILE_BYTES: null });
  });

  test("names every wrong variable and what was expected", () => {
    const problems = problemsOf({
      PORT: "eighty",
      MAX_FILE_BYTES: "much",
      DATABASE_URL: "mysql://x",
      LOG_LEVEL: "loud",
    });
    expect(problems).toHaveLength(4);
    expect(problems.join("\n")).toMatch(/PORT: expected a whole number from 0 to 65535 \(it is "eighty"\)/);
    expect(problems.join("\n")).toMatch(/MAX_FILE_BYTES: expected a size such as/);
    expect(problems.join("\n")).toMatch(/DATABASE_URL: expected sqlite:PATH or postgres:/);
  });

  test("does not print values that may hold a password", () => {
    expect(problemsOf({ DATABASE_URL: "mysql://root:hunter2@db/x" }).join()).not.toContain("hunter2");
  });

  test("reads sizes with decimal and binary units", () => {
    expect(parseConfig({ MAX_FILE_BYTES: "2GiB" }).MAX_FILE_BYTES).toBe(2 * 1024 ** 3);
    expect(parseConfig({ MAX_FILE_BYTES: "1.5mb" }).MAX_FILE_BYTES).toBe(1_500_000);
  });

  test("does not let any web page drive a service without keys", () => {
    const [problem, ...others] = problemsOf({ CORS_ORIGINS: "https://a.example,*" });
    expect(problem).toMatch(/^CORS_ORIGINS: expected origins by name, or AUTH=keys/);
    expect(others).toEqual([]);
    for (const CORS_ORIGINS of ["*", "null", "https://app.example.org, null"]) {
      expect(problemsOf({ CORS_ORIGINS, AUTH: "off" })).toHaveLength(1);
      expect(problemsOf({ CORS_ORIGINS })).toHaveLength(1);
      expect(problemsOf({ CORS_ORIGINS, AUTH: "keys" })).toEqual([]);
    }
    expect(problemsOf({ CORS_ORIGINS: "https://a.example" })).toEqual([]);
  });

  test("asks for keys as soon as others can reach the API, and refuses to turn them off there", () => {
    expect(parseConfig({ HOST: "0.0.0.0" }).AUTH).toBe("keys");
    expect(parseConfig({ HOST: "127.0.0.1", AUTH: "keys" }).AUTH).toBe("keys");
    expect(problemsOf({ HOST: "0.0.0.0", AUTH: "off" })).toHaveLength(1);
    expect(problemsOf({ HOST: "127.0.0.1.example.org", AUTH: "off" })).toHaveLength(1);
  });

  test("refuses a shared queue over a database of one machine", () => {
    expect(problemsOf({ REDIS_URL: "redis://r" })[0]).toMatch(/REDIS_URL: expected DATABASE_URL to be postgres/);
    expect(problemsOf({ QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/v" })[0]).toMatch(
      /QUEUE_URL: expected DATABASE/,
    );
    expect(problemsOf({ DATABASE_LISTEN_URL: "postgres://d/v" })[0]).toMatch(
      /DATABASE_LISTEN_URL: expected DATABASE_URL/,
    );
  });

  test("wants the CDN's three variables together, the key in a file or itself", () => {
    const cdn = { CDN_URL: "https://d1.cloudfront.net", STORAGE_URL: "s3://b" };
    expect(problemsOf(cdn)).toHaveLength(1);
    const both = { ...cdn, CDN_KEY_PAIR_ID: "K1", CDN_PRIVATE_KEY: "x", CDN_PRIVATE_KEY_FILE: "/x.pem" };
    expect(problemsOf(both)).toEqual([expect.stringContaining("CDN_PRIVATE_KEY: expected either")]);
  });
});
