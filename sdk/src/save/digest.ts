import { builtin } from "./platform.ts";

/** A SHA-256 that grows piece by piece, which WebCrypto has none of. */
export interface Digest {
  update(bytes: Uint8Array): void;
  /** In lower case; ends it. */
  hex(): string;
}

/** Begins one: the platform's own where it has one, else one in JavaScript, which only pages load. */
export async function beginDigest(load: (name: string) => unknown = builtin): Promise<Digest> {
  const node = load("node:crypto") as
    | { createHash(name: string): { update(bytes: Uint8Array): unknown; digest(encoding: "hex"): string } }
    | undefined;
  if (node !== undefined) {
    const hash = node.createHash("sha256");
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
  }
  const { sha256 } = await import("@noble/hashes/sha2.js");
  const hash = sha256.create();
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}
