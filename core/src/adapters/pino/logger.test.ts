import { expect, test } from "bun:test";
import { AppError } from "../../errors/app-error.ts";
import { createPinoLogger } from "./logger.ts";

function capturing(level: "debug" | "info" | "silent" = "debug") {
  const lines: Record<string, unknown>[] = [];
  const logger = createPinoLogger({
    level,
    name: "unit",
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { lines, logger };
}

test("a line is one JSON object with level, time, name, fields and message", () => {
  const { lines, logger } = capturing();
  logger.child({ jobId: "job_1" }).warn("slow", { ms: 3 });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: "warn", name: "unit", jobId: "job_1", ms: 3, message: "slow" });
  expect(new Date(String(lines[0]!["time"])).toISOString()).toBe(String(lines[0]!["time"]));
});

test("lines below the level are not written, and silent writes none", () => {
  const info = capturing("info");
  info.logger.debug("hidden");
  info.logger.info("shown");
  expect(info.lines.map((line) => line["message"])).toEqual(["shown"]);
  const silent = capturing("silent");
  silent.logger.error("hidden");
  expect(silent.lines).toEqual([]);
});

test("secrets are masked by name at any depth, whatever the case and separators", () => {
  const { lines, logger } = capturing();
  logger.info("request", {
    headers: { Authorization: "Bearer s3cret", "set-cookie": "a=s3cret", "X-API-Key": "s3cret", accept: "*/*" },
    nested: { deep: [{ password: "s3cret", proxyCredentials: { user: "s3cret" } }] },
    token: "s3cret",
  });
  expect(JSON.stringify(lines)).not.toContain("s3cret");
  expect(lines[0]).toMatchObject({ headers: { accept: "*/*", Authorization: "[redacted]" } });
});

test("URLs lose credentials everywhere, and their query in fields named url", () => {
  const { lines, logger } = capturing();
  logger.info("via http://bob:s3cret@proxy.test:3128/x", {
    url: "https://cdn.test/file?X-Amz-Signature=s3cret#s3cret",
    proxyUrl: new URL("http://bob:s3c%40ret@proxy.test/"),
    note: "see https://cdn.test/a?id=7&X-Amz-Signature=s3cret&sig=s3cret, then postgres://me:s3@cret@db/x",
  });
  expect(JSON.stringify(lines)).not.toMatch(/s3cret|s3@cret|s3c%40ret|bob/);
  expect(lines[0]).toMatchObject({ url: "https://cdn.test/file", note: expect.stringContaining("id=7") });
});

test("errors keep type, code, message, stack and cause, and none of what drivers hang on them", () => {
  const { lines, logger } = capturing();
  const cause = Object.assign(new Error("connect to redis://:s3cret@cache.test failed"), {
    parameters: ["s3cret"],
    code: "ECONNREFUSED",
  });
  logger.error("failed", { error: new AppError("storage_error", undefined, { cause }) });
  expect(lines[0]).toMatchObject({
    error: { type: "AppError", code: "storage_error", cause: { type: "Error", code: "ECONNREFUSED" } },
  });
  expect(JSON.stringify(lines)).not.toContain("s3cret");
});

test("a logger never throws: not on circles, not on throwing getters, not on a broken destination", () => {
  const { lines, logger } = capturing();
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  logger.info("circle", { circle, big: 10n, call: () => 1 });
  logger.info("getter", {
    get trap(): string {
      throw new Error("no");
    },
  });
  expect(lines.map((line) => line["message"])).toEqual(["circle", "getter"]);
  const broken = createPinoLogger({
    level: "info",
    destination: {
      write() {
        throw new Error("EPIPE");
      },
    },
  });
  expect(() => broken.info("lost")).not.toThrow();
});

test("a very long text is cut", () => {
  const { lines, logger } = capturing();
  logger.info("long", { text: "x".repeat(1_000_000) });
  expect(String(lines[0]!["text"]).length).toBeLessThan(9000);
});

test("the level can be changed while the logger is used, with that of its children, and back", () => {
  const { lines, logger } = capturing("info");
  const child = logger.child({ jobId: "job_1" });
  const say = () => {
    child.debug("detail");
    child.warn("problem");
    return lines.splice(0).map((line) => line["message"]);
  };
  expect(say()).toEqual(["problem"]);
  logger.setLevel("debug");
  expect([logger.level(), say()]).toEqual(["debug", ["detail", "problem"]]);
  logger.setLevel("silent");
  expect(say()).toEqual([]);
  logger.setLevel(null);
  expect([logger.level(), say()]).toEqual(["info", ["problem"]]);
});

test("no line is long, whatever is logged: a megabyte of text, of a list, of a tree, of an error", () => {
  const { lines, logger } = capturing();
  const megabyte = "x ".repeat(500_000);
  const tree: Record<string, unknown> = {};
  for (let branch = 0; branch < 100; branch += 1) tree[`branch-${branch}`] = { leaves: Array(100).fill(megabyte) };
  logger.info(megabyte, { megabyte });
  logger.info("list", { list: Array(10_000).fill(megabyte) });
  logger.info("tree", tree);
  logger.error("error", { error: new Error(megabyte, { cause: new AggregateError([new Error(megabyte)], megabyte) }) });
  expect(lines).toHaveLength(4);
  for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(100_000);
});
