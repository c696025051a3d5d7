import { expect, test } from "bun:test";
import { fileSize } from "./file-size.ts";

test.each<readonly [bytes: number, shown: string]>([
  [0, "0 bytes"],
  [1, "1 byte"],
  [160, "160 bytes"],
  [999, "999 bytes"],
  [1_000, "1.0 kB"],
  [681_464, "681.5 kB"],
  [999_960, "1.0 MB"],
  [1_216_461, "1.2 MB"],
  [3_400_000_000, "3.4 GB"],
  [5e15, "5000.0 TB"],
])("%d bytes are shown as %s", (bytes, shown) => {
  expect(fileSize(bytes)).toBe(shown);
});
