import {
  type ApiKey,
  AppError,
  type Clock,
  canonicalScopes,
  hashApiKey,
  isApiKeyText,
  type Keys,
} from "@vidferry/core";
import type { Auth } from "./auth.ts";

/** Dependencies of the key check. */
export interface KeyAuthDeps {
  readonly keys: Pick<Keys, "findByHash">;
  readonly clock: Pick<Clock, "now">;
}

/** How long a valid key is cached, and therefore the longest time that a revoked key still works. */
const cacheMs = 1_000;
const cacheSize = 1_000;

/**
 * Keys in `Authorization: Bearer vf_…` or `X-API-Key`, or offered as the WebSocket protocol `bearer.vf_…`. Malformed keys are refused without
 * a query, and only existing keys are cached, so guessing does not fill memory.
 */
export function createKeyAuth({ keys, clock }: KeyAuthDeps): Auth {
  const known = new Map<string, { readonly key: ApiKey; readonly until: number }>();

  async function find(hash: string): Promise<ApiKey | null> {
    const now = clock.now().getTime();
    const hit = known.get(hash);
    if (hit !== undefined && hit.until > now) return hit.key;
    known.delete(hash);
    const key = await keys.findByHash(hash);
    // Compared again here, in case the store's comparison is too lax (collation that ignores case, prefix match).
    const own = [key?.hash, key?.previous?.hash].some(
      (known) => known !== undefined && equalsInConstantTime(known, hash),
    );
    if (key === null || !own) return null;
    const oldest = known.keys().next();
    if (known.size >= cacheSize && !oldest.done) known.delete(oldest.value);
    known.set(hash, { key, until: now + cacheMs });
    return key;
  }

  return {
    mode: "keys",
    authenticate: async (request) => {
      const secret = secretOf(request.headers);
      if (secret === null) throw new AppError("unauthorized", "No API key was sent.");
      const hash = isApiKeyText(secret) ? await hashApiKey(secret) : null;
      const key = hash === null ? null : await find(hash);
      if (hash === null || key === null) throw new AppError("unauthorized", "The API key is not valid.");
      return { owner: key.owner, scopes: canonicalScopes(key.scopes), keyId: key.id, secretHash: hash };
    },
  };
}

function secretOf(headers: Headers): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "");
  return bearer?.[1] ?? headers.get("x-api-key") ?? offeredKey(headers.get("sec-websocket-protocol"));
}

// Browsers can set no other header on a WebSocket, and in a URL the key would end up in logs.
function offeredKey(protocols: string | null): string | null {
  const offer = protocols?.split(",").find((protocol) => protocol.trim().startsWith("bearer."));
  return offer?.trim().slice("bearer.".length) ?? null;
}

function equalsInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
