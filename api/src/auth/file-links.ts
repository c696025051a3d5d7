import { AppError, type ArtifactId, type JobId, type KeyId } from "@vidferry/core";

/** The one file that a link opens, and for whom. */
export interface LinkedFile {
  readonly jobId: JobId;
  readonly artifactId: ArtifactId;
  readonly owner: string;
  /** The key that the link was made with, and ends with; null: none, or a link of an earlier version. */
  readonly keyId: KeyId | null;
}

/** What a token says besides the file. */
type Bearer = Pick<LinkedFile, "owner" | "keyId">;

/** A file without who may open it. */
type FileOnly = Omit<LinkedFile, keyof Bearer>;

/** The answer to a link that does not open its file. */
export const invalidLink = (): AppError => new AppError("unauthorized", "The link is not valid, or has expired.");

/** Makes and reads the tokens of links that open one file without a key. */
export interface FileLinks {
  sign(file: LinkedFile, expiresAt: Date): Promise<string>;
  /**
   * Whose file it is, by which key, and until when the link opens it: that it has not expired is for the caller to check, since
   * whoever comes late has guessed nothing. Throws `unauthorized` when the token is not for this file, or was changed.
   */
  verify(token: string, file: FileOnly): Promise<Bearer & { readonly expiresAt: Date }>;
}

const encoder = new TextEncoder();
const ivBytes = 12;
const hmac = { name: "HMAC", hash: "SHA-256" } as const;

/** Additional authenticated data: what the link is for. It is not stored in the token, since the path names it. */
const bindingOf = (version: 1 | 2, file: FileOnly): string =>
  `vidferry-file-${version}/${file.jobId}/${file.artifactId}`;

/**
 * Tokens are the owner and the time of expiry, sealed with AES-GCM: whoever gets a link cannot change it and does not learn
 * whose it is. Links of the older form, `<claims>.<HMAC>` with a readable owner, stay valid until they expire.
 *
 * @param secret Shared by all processes that serve the API. Null: one of this process alone, so links end with it.
 */
export function createFileLinks(secret: string | null): FileLinks {
  const bytes = secret === null ? crypto.getRandomValues(new Uint8Array(32)) : encoder.encode(secret);
  const keyOf = async (version: 1 | 2): Promise<CryptoKey> => {
    if (version === 1) return crypto.subtle.importKey("raw", bytes, hmac, false, ["verify"]);
    const key = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
    const derivation = {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: encoder.encode("vidferry-file-2"),
    };
    return crypto.subtle.deriveKey(derivation, key, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  };
  const oldKey = keyOf(1);
  const key = keyOf(2);
  const sealing = (iv: Uint8Array<ArrayBuffer>, file: FileOnly): AesGcmParams => ({
    name: "AES-GCM",
    iv,
    additionalData: encoder.encode(bindingOf(2, file)),
  });

  /** The claims of a token, or null when it is not one of ours for this file. */
  async function open(token: string, file: FileOnly): Promise<Uint8Array | null> {
    const [claims = "", signature, ...more] = token.split(".");
    const content = fromBase64Url(claims);
    if (content === null || more.length > 0) return null;
    if (signature === undefined) {
      const [iv, sealed] = [content.slice(0, ivBytes), content.slice(ivBytes)];
      const opened = await crypto.subtle.decrypt(sealing(iv, file), await key, sealed).catch(() => null);
      return opened === null ? null : new Uint8Array(opened);
    }
    const signed = fromBase64Url(signature);
    // WebCrypto compares in constant time; the claims are parsed only after the signature is verified.
    const text = encoder.encode(`${bindingOf(1, file)}/${claims}`);
    return signed !== null && (await crypto.subtle.verify(hmac, await oldKey, signed, text)) ? content : null;
  }

  return {
    sign: async (file, expiresAt) => {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
      const claims = encoder.encode(JSON.stringify([Math.floor(expiresAt.getTime() / 1000), file.owner, file.keyId]));
      const sealed = new Uint8Array(await crypto.subtle.encrypt(sealing(iv, file), await key, claims));
      return toBase64Url(Uint8Array.from([...iv, ...sealed]));
    },
    verify: async (token, file) => {
      const claims = await open(token, file);
      if (claims === null) throw invalidLink();
      const text = new TextDecoder().decode(claims);
      const [expires, owner, keyId = null] = JSON.parse(text) as [number, string, (KeyId | null)?];
      return { owner, keyId, expiresAt: new Date(expires * 1000) };
    },
  };
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    // Not base64, so not a valid token.
    return null;
  }
}
