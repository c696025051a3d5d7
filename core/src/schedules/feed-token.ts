import type { FeedAccess } from "./schedule.ts";

/** The token of a feed, and what is kept of it. */
export interface NewFeedToken {
  /** Shown once. */
  readonly token: string;
  readonly access: FeedAccess;
}

const encoder = new TextEncoder();
const tokenBytes = 32;

/**
 * Makes the token of a feed. The files that the feed names are opened by another one, which is made of it and does not lead back
 * to it: who hands on the link of an episode does not hand on the feed. Hashes alone are kept, so that whoever reads the
 * database can open neither.
 */
export async function newFeedToken(createdAt: Date): Promise<NewFeedToken> {
  const token = toBase64Url(crypto.getRandomValues(new Uint8Array(tokenBytes)));
  const [tokenHash, fileHash] = await Promise.all([hashOf(token), fileTokenOf(token).then(hashOf)]);
  return { token, access: { tokenHash, fileHash, createdAt } };
}

/** The token that opens the files of a feed. */
export async function fileTokenOf(token: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" } as const;
  const key = await crypto.subtle.importKey("raw", encoder.encode(token), algorithm, false, ["sign"]);
  return toBase64Url(new Uint8Array(await crypto.subtle.sign(algorithm, key, encoder.encode("vidferry-feed-files-1"))));
}

/** Whether a token is the one with this hash. Takes the same time wherever they differ. */
export async function isToken(token: string, hash: string): Promise<boolean> {
  const [own, other] = [await hashOf(token), hash];
  let difference = own.length ^ other.length;
  for (let index = 0; index < own.length; index += 1)
    difference |= own.charCodeAt(index) ^ (other.charCodeAt(index) || 0);
  return difference === 0;
}

async function hashOf(token: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(token))));
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
