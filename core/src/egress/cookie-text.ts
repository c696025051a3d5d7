import type { EgressId } from "../runtime/ids.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import type { StoredEgresses } from "./stored-egresses.ts";

/** Cookies as they were read: a text in Netscape's form. */
export interface CookieText {
  readonly text: string;
  /** Names this text in a write. */
  readonly version: number;
}

/** The cookies of one egress. They are encrypted where they are kept. */
export interface CookieTexts {
  /** Null when there are none any more. Rejects with `unavailable` when they cannot be decrypted. */
  read(): Promise<CookieText | null>;
  /** Replaces the text that has this version. Null: somebody else has since; read again and merge. Else the new version. */
  replace(version: number, text: string): Promise<number | null>;
  /** Notes whether sites take the text of this version. */
  mark(version: number, valid: boolean): Promise<void>;
}

/** What the cookies of an egress are sealed for. */
export const cookieContext = (id: EgressId): string => `egress-cookies:${id}`;
/** What the URL of the proxy of an egress is sealed for. */
export const proxyContext = (id: EgressId): string => `egress-proxy:${id}`;

/** The cookies of an egress in the store. */
export function storedCookieTexts(egresses: StoredEgresses, box: SecretBox, id: EgressId): CookieTexts {
  return {
    read: async () => {
      const kept = await egresses.cookies(id);
      return kept && { text: await box.open(kept.sealed, cookieContext(id)), version: kept.version };
    },
    replace: async (version, text) =>
      await egresses.replaceCookies(id, version, await box.seal(text, cookieContext(id))),
    mark: async (version, valid) => void (await egresses.markCookies(id, version, valid)),
  };
}
