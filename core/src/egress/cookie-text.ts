import type { EgressId } from "../runtime/ids.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import type { StoredEgresses } from "./stored-egresses.ts";

/** Cookies as they were read: a text in Netscape's form. */
export interface CookieText {
  readonly text: string;
  /** Names this text in a write. */
  readonly version: number;
}

/** The cookies of one egress, for one lease of it. They are encrypted where they are kept. */
export interface CookieTexts {
  /** Null when there are none any more. Rejects with `unavailable` when they cannot be decrypted. */
  read(): Promise<CookieText | null>;
  /** Replaces the text that has this version. Null: somebody else has since; read again and merge. Else the new version. */
  replace(version: number, text: string): Promise<number | null>;
  /** Notes whether sites take the text that was read or written last; nothing, where that is no longer the one that is kept. */
  mark(valid: boolean): Promise<void>;
}

/** What the cookies of an egress are sealed for. */
export const cookieContext = (id: EgressId): string => `egress-cookies:${id}`;
/** What the URL of the proxy of an egress is sealed for. */
export const proxyContext = (id: EgressId): string => `egress-proxy:${id}`;

/** The cookies of an egress in the store. */
export function storedCookieTexts(egresses: StoredEgresses, box: SecretBox, id: EgressId): CookieTexts {
  let known: number | null = null;
  return {
    read: async () => {
      const kept = await egresses.cookies(id);
      known = kept?.version ?? null;
      return kept && { text: await box.open(kept.sealed, cookieContext(id)), version: kept.version };
    },
    replace: async (version, text) => {
      const written = await egresses.replaceCookies(id, version, await box.seal(text, cookieContext(id)));
      known = written ?? known;
      return written;
    },
    mark: async (valid) => {
      if (known !== null) await egresses.markCookies(id, known, valid);
    },
  };
}
