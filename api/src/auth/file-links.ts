import { AppError, type ArtifactId, type JobId } from "@vidferry/core";

/** The one file that a link opens, and for whom. */
export interface LinkedFile {
  readonly jobId: JobId;
  readonly artifactId: ArtifactId;
  readonly owner: string;
}

/** Makes and reads the tokens of links that open one file without a key. */
export interface FileLinks {
  sign(file: LinkedFile, expiresAt: Date): Promise<string>;
  /** The owner whose file it is. Throws `unauthorized` when the token is not for this file, was changed, or has expired. */
  verify(token: string, file: Omit<LinkedFile, "owner">, now: Date): Promise<string>;
}

const encoder = new TextEncoder();
const algorithm = { name: "HMAC", hash: "SHA-256" } as const;

/**
 * Tokens signed with HMAC-SHA256: `<claims>.<signature>`, both base64url. The claims are the owner and the time of expiry; the
 * file is signed along without being in the token, since the path names it.
 *
 * @param secret Shared by all processes that serve the API. Null: one of this process alone, so links end with it.
 */
export function createFileLinks(secret: string | null): FileLinks {
  const bytes = secret === null ? crypto.getRandomValues(new Uint8Array(32)) : encoder.encode(secret);
  const key = crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
  const signed = (file: Omit<LinkedFile, "owner">, claims: string): Uint8Array<ArrayBuffer> =>
    encoder.encode(`vidferry-file-1/${file.jobId}/${file.artifactId}/${claims}`);

  return {
    sign: async (file, expiresAt) => {
      const claims = toBase64Url(encoder.encode(JSON.stringify([Math.floor(expiresAt.getTime() / 1000), file.owner])));
      const signature = await crypto.subtle.sign(algorithm, await key, signed(file, claims));
      return `${claims}.${toBase64Url(new Uint8Array(signature))}`;
    },
    verify: async (token, file, now) => {
      const [claims = "", signature = "", ...more] = token.split(".");
      const refused = new AppError("unauthorized", "The link is not valid, or has expired.");
      const bytes = fromBase64Url(signature);
      // WebCrypto compares in constant time; nothing of the claims is read before.
      if (
        bytes === null ||
        more.length > 0 ||
        !(await crypto.subtle.verify(algorithm, await key, bytes, signed(file, claims)))
      )
        throw refused;
      const [expires, owner] = JSON.parse(new TextDecoder().decode(fromBase64Url(claims) ?? undefined)) as [
        number,
        string,
      ];
      if (expires * 1000 <= now.getTime()) throw refused;
      return owner;
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
    // Not base64: no token of ours.
    return null;
  }
}
