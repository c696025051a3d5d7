import { expect, test } from "bun:test";
import { sha256Hex } from "./sha256.ts";

test("a text's digest is that of its UTF-8 bytes", async () => {
  expect(await sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(await sha256Hex("Größe")).toBe(new Bun.CryptoHasher("sha256").update("Größe").digest("hex"));
});
