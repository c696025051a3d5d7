import { hash as digest } from "node:crypto";
import {
  type ApiKey,
  AppError,
  allows,
  type Clock,
  canonicalScopes,
  type ErrorCode,
  isApiKeyText,
  isAppError,
  type KeyId,
  type Keys,
  type Logger,
} from "@vidferry/core";
import { freeGuesses, type GuessLimit } from "../limits/guess-limit.ts";
import type { Auth } from "./auth.ts";
import { requireBounds } from "./bounds.ts";
import { createKeyWatch } from "./key-watch.ts";
import { createLookup } from "./lookup.ts";
import type { SignInFailures } from "./sign-in-failures.ts";

/** Dependencies of the key check. */
export interface KeyAuthDeps {
  readonly keys: Pick<Keys, "findByHash" | "working" | "changed" | "noteUse">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Pick<Logger, "warn">;
  /** Default: secrets may be guessed as fast as the store answers. */
  readonly guesses?: GuessLimit;
  /** Is told of each key, ticket and signed link that did not work. */
  readonly failures?: Pick<SignInFailures, "note">;
}

/** How often a key's last use is written. */
const noteEveryMs = 60_000;
const noted = 10_000;
/** How a wrong secret is answered; the second where too many came before it. */
const refusals: readonly ErrorCode[] = ["unauthorized", "rate_limit_exceeded"];

/**
 * Keys in `Authorization: Bearer vf_…` or `X-API-Key`, or offered as the WebSocket protocol `bearer.vf_…`. Malformed keys are
 * refused without a query.
 */
export function createKeyAuth({ keys, clock, logger, guesses = freeGuesses, failures }: KeyAuthDeps): Auth {
  const byHash = createLookup(clock, async (hash: string) => {
    const key = await keys.findByHash(hash);
    // Compared again here, in case the store's comparison is too lax (collation that ignores case, prefix match).
    const own = [key?.hash, key?.previous?.hash].some((known) => known !== undefined && isSame(known, hash));
    return own ? key : null;
  });
  const byId = createLookup(clock, async (id: KeyId) => (await keys.working([id]))[0] ?? null);
  const watch = createKeyWatch({ keys, logger });
  const lastNoted = new Map<KeyId, number>();

  /** Not awaited: no request waits for it, and none fails with it. */
  function noteUse({ id }: ApiKey): void {
    const now = clock.now().getTime();
    if (now - (lastNoted.get(id) ?? Number.NEGATIVE_INFINITY) < noteEveryMs) return;
    const oldest = lastNoted.keys().next();
    if (lastNoted.size >= noted && !oldest.done) lastNoted.delete(oldest.value);
    lastNoted.set(id, now);
    void keys.noteUse(id, noteEveryMs).catch(() => undefined);
  }

  const attempt: GuessLimit["attempt"] = (guess) =>
    guesses.attempt(guess).catch((error: unknown) => {
      if (isAppError(error) && refusals.includes(error.code)) failures?.note(guess.address);
      throw error;
    });

  async function findKey(hash: string | null): Promise<ApiKey> {
    const key = hash === null ? null : await byHash(hash);
    if (key === null) throw new AppError("unauthorized", "The API key is not valid.");
    return key;
  }

  return {
    mode: "keys",
    attempt,
    authenticate: async (request, address, sessionKey = null) => {
      const secret = secretOf(request.headers) ?? sessionKey;
      if (secret === null) throw new AppError("unauthorized", "No API key was sent.");
      const hash = isApiKeyText(secret) ? hashOf(secret) : null;
      const key = await attempt({ hash, address, open: () => findKey(hash) });
      requireBounds(key, { address, origin: request.headers.get("origin") });
      noteUse(key);
      return { owner: key.owner, scopes: canonicalScopes(key.scopes), keyId: key.id, secretHash: hash };
    },
    stillAllows: async (keyId, scope) => {
      const key = await byId(keyId);
      return key !== null && allows(canonicalScopes(key.scopes), scope);
    },
    watch: watch.watch,
  };
}

/** As core's `hashApiKey`, without a thread that each request would wait for. */
export const hashOf = (secret: string): string => digest("sha256", secret, "hex");

/** The secret that a request brings; null: none. */
export function secretOf(headers: Headers): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "");
  return bearer?.[1] ?? headers.get("x-api-key") ?? offeredKey(headers.get("sec-websocket-protocol"));
}

// Browsers can set no other header on a WebSocket, and in a URL the key would end up in logs.
function offeredKey(protocols: string | null): string | null {
  const offer = protocols?.split(",").find((protocol) => protocol.trim().startsWith("bearer."));
  return offer?.trim().slice("bearer.".length) ?? null;
}

/** Compares in a time that does not depend on where the texts differ. */
function isSame(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
