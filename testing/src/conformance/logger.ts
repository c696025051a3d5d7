import type { LogFields, Logger } from "@vidferry/core";
import type { TestKit } from "./test-kit.ts";

/** A logger under test. */
export interface LoggerFixture {
  /** Writes every level. */
  readonly logger: Logger;
  /** The lines that were written so far, as text; null for a logger that writes none. */
  readonly lines: (() => readonly string[]) | null;
}

/** What the {@link Logger} suite needs. */
export interface LoggerSuite extends TestKit {
  readonly name: string;
  create(): LoggerFixture;
}

const levels = ["debug", "info", "warn", "error"] as const;
const secret = "s3cretValue";

/** Fields that are hard to serialize. */
function awkwardFields(): readonly LogFields[] {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const refuse = (): never => {
    throw new Error("not readable");
  };
  return [
    circle,
    { nothing: undefined, none: null, big: 10n, call: () => 1, symbol: Symbol("s"), bytes: new Uint8Array(3) },
    { failed: new Error("outer", { cause: new Error("inner") }), date: new Date(Number.NaN), map: new Map([["a", 1]]) },
    {
      get trap(): never {
        return refuse();
      },
    },
    { unreadable: new Proxy({}, { ownKeys: refuse, get: refuse }) },
    { long: "x".repeat(1_000_000) },
  ];
}

/** Secrets in every place where they may leak: by field name, inside texts, in URLs, in errors. */
const leakyFields: LogFields = {
  headers: { Authorization: `Bearer ${secret}`, cookie: `SID=${secret}`, "X-API-Key": secret },
  proxyUrl: `http://bob:${secret}@proxy.test:3128`,
  note: `GET https://cdn.test/a?X-Amz-Signature=${secret} failed`,
  error: new Error(`connect to redis://:${secret}@cache.test failed`),
};

/** What every {@link Logger} must do. */
export function loggerConformance({ describe, test, expect, name, create }: LoggerSuite): void {
  describe(`logger: ${name}`, () => {
    test("writes nothing but whole lines, one a call", () => {
      const { logger, lines } = create();
      for (const level of levels) logger[level](`the ${level} of it\nand more`, { step: level });
      const written = lines?.() ?? [];
      expect(written).toHaveLength(lines === null ? 0 : levels.length);
      for (const [index, line] of written.entries()) {
        expect(line).toContain(`the ${levels[index]} of it`);
        expect(line.trimEnd()).not.toContain("\n");
      }
    });

    test("a child adds its fields to every line, its own child adds more, and the parent stays as it was", () => {
      const { logger, lines } = create();
      const child = logger.child({ jobId: "job_1" });
      child.child({ stage: "storing" }).info("grandchild");
      child.info("child");
      logger.info("parent");
      if (lines === null) return;
      const [grandchild, own, parent] = lines();
      expect(grandchild).toContain("job_1");
      expect(grandchild).toContain("storing");
      expect(own).toContain("job_1");
      expect(own).not.toContain("storing");
      expect(parent).not.toContain("job_1");
    });

    test("never throws, whatever it is given, and the line is written all the same", () => {
      const { logger, lines } = create();
      for (const fields of awkwardFields()) {
        expect(() => logger.warn("awkward", fields)).not.toThrow();
        expect(() => logger.child(fields).error("awkward")).not.toThrow();
      }
      expect((lines?.() ?? []).filter((line) => line.includes("awkward"))).toHaveLength(
        lines === null ? 0 : awkwardFields().length * 2,
      );
    });

    test("secrets that slip in are not written", () => {
      const { logger, lines } = create();
      logger.error("failed", leakyFields);
      logger.child(leakyFields).info(`via http://bob:${secret}@proxy.test`);
      const written = (lines?.() ?? []).join("\n");
      expect(written).not.toContain(secret);
      if (lines !== null) expect(written).toContain("cdn.test");
    });
  });
}
