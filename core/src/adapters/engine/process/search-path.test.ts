import { expect, test } from "bun:test";
import { searchPath, systemPath } from "./search-path.ts";

test("children find programs in the folders of PATH, and behind them in the system's", () => {
  expect(searchPath("/home/me/.local/bin:/usr/bin")).toBe(
    "/home/me/.local/bin:/usr/bin:/usr/local/bin:/bin:/opt/homebrew/bin",
  );
  expect(searchPath(undefined)).toBe(systemPath);
  expect(searchPath("")).toBe(systemPath);
});

test("children look for no programs in the folder that they run in", () => {
  expect(searchPath(".::bin:../x:/opt/tools/bin")).toBe(`/opt/tools/bin:${systemPath}`);
});
