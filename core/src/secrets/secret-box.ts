import { AppError } from "../errors/app-error.ts";

/** Encrypts secrets that must be readable again, so that whoever reads the database alone learns none. */
export interface SecretBox {
  /** @param context what the secret belongs to; it opens in no other place */
  seal(secret: string, context: string): Promise<string>;
  /** Rejects with `unavailable` when it was sealed with a key that is not there any more, or for something else. */
  open(sealed: string, context: string): Promise<string>;
}

const version = "v1";
const encoder = new TextEncoder();

/**
 * A box with these keys: the first seals, all of them open, so that a key can be replaced by putting a new one before it.
 * AES-256-GCM; the key is derived from what the operator wrote.
 */
export function createSecretBox(keys: () => Promise<readonly string[]>): SecretBox {
  let derived: Promise<readonly DerivedKey[]> | null = null;
  const ready = (): Promise<readonly DerivedKey[]> => {
    derived ??= keys()
      .then((all) => Promise.all(all.map(derive)))
      .catch((error: unknown) => {
        // The file may be readable the next time.
        derived = null;
        throw error;
      });
    return derived;
  };
  return {
    seal: async (secret, context) => {
      const [key] = await ready();
      if (key === undefined) throw unreadable();
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const data = await crypto.subtle.encrypt(bound(iv, context), key.key, encoder.encode(secret));
      return [version, key.id, toText(iv), toText(new Uint8Array(data))].join(".");
    },
    open: async (sealed, context) => {
      const [written, id, iv = "", data = ""] = sealed.split(".");
      const key = (await ready()).find((candidate) => candidate.id === id);
      if (written !== version || key === undefined) throw unreadable();
      try {
        const opened = await crypto.subtle.decrypt(bound(toBytes(iv), context), key.key, toBytes(data));
        return new TextDecoder().decode(opened);
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}

interface DerivedKey {
  /** Tells which key sealed; says nothing about the key. */
  readonly id: string;
  readonly key: CryptoKey;
}

async function derive(written: string): Promise<DerivedKey> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(written), "HKDF", false, [
    "deriveKey",
    "deriveBits",
  ]);
  const hkdf = (info: string) => ({
    ...{ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: encoder.encode(`vidferry-secrets/${info}`) },
  });
  const aes = { name: "AES-GCM", length: 256 };
  const [key, id] = await Promise.all([
    crypto.subtle.deriveKey(hkdf("key"), material, aes, false, ["encrypt", "decrypt"]),
    crypto.subtle.deriveBits(hkdf("id"), material, 48),
  ]);
  return { id: toText(new Uint8Array(id)), key };
}

const bound = (iv: Uint8Array<ArrayBuffer>, context: string) => ({
  ...{ name: "AES-GCM", iv, additionalData: encoder.encode(context) },
});

/** Bytes that are turned into characters at once: a call takes so many arguments at most. */
const atOnce = 8_192;

function toText(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += atOnce) binary += String.fromCharCode(...bytes.subarray(at, at + atOnce));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

const unreadable = (cause?: unknown): AppError =>
  new AppError("unavailable", "A stored secret cannot be decrypted.", {
    cause,
    permanent: true,
    hint: "Put the key that it was encrypted with back into SECRETS_KEY, after the new one.",
  });
