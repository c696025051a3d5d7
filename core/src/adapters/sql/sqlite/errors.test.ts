import { describe, expect, test } from "bun:test";
import { toDatabaseError } from "../shared/database-error.ts";
import { openSqlite } from "./bun.ts";
import { diagnoseSqlite } from "./errors.ts";

describe("SQLite's errors", () => {
  test("a full database is disk_full, as the driver itself says it", () => {
    const driver = openSqlite(":memory:");
    driver.exec("create table filler (a)");
    driver.exec("pragma max_page_count = 3");
    let thrown: unknown;
    try {
      driver.exec("insert into filler values (zeroblob(1000000))");
    } catch (error) {
      thrown = error;
    }
    driver.close();
    expect(toDatabaseError(diagnoseSqlite, thrown)).toMatchObject({ code: "disk_full" });
  });

  test("the other driver's numbers mean the same", () => {
    const error = Object.assign(new Error("full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
    expect(diagnoseSqlite(error)).toMatchObject({ code: "disk_full" });
    const extended = Object.assign(new Error("busy"), { code: "ERR_SQLITE_ERROR", errcode: 5 | (2 << 8) });
    expect(diagnoseSqlite(extended)).toMatchObject({ code: "unavailable" });
  });

  test("a refused statement keeps its parameters out of the message", () => {
    const cause = Object.assign(new Error("constraint"), { code: "SQLITE_CONSTRAINT", errno: 19 });
    const wrapped = Object.assign(new Error("Failed query: … params: secret", { cause }), { query: "insert" });
    const error = toDatabaseError(diagnoseSqlite, wrapped);
    expect(error).toMatchObject({ code: "internal_error" });
    expect(error.cause).toBe(cause);
    expect(`${error.message} ${error.stack}`).not.toContain("secret");
  });
});
