import type { Repositories } from "../database/database.ts";
import type { Clock } from "../runtime/clock.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import type { Logger } from "../telemetry/logger.ts";
import { digestOf, keptFor, type LookShelves, shelfName } from "./looks.ts";

/** Longest text that is kept, in characters, and longest row that is made of it. */
const mostCharacters = 8 * 1024 ** 2;
const mostSealed = 1024 ** 2;

interface StoredLooksDeps {
  readonly database: Pick<Repositories, "looks">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly box: SecretBox;
}

/** What was found at links lately, in the database: compressed, and encrypted for the owner and the link that it belongs to. */
export function storedLooks({ database, clock, logger, box }: StoredLooksDeps, keptMs: number): LookShelves {
  const { looks } = database;
  /** What fails is looked at anew, so that nothing depends on it. */
  const orElse = async <T>(instead: T, what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      logger.debug(what, { error });
      return instead;
    }
  };
  const keyOf = (owner: string, link: string) => digestOf(owner, link);
  const contextOf = (key: string) => `look:${key}`;

  return {
    shelf: (of) => {
      const id = shelfName(of);
      const placeOf = async (link: string) => ({ key: await keyOf(of.owner, link), shelf: await digestOf(id) });
      return {
        id,
        find: (link) =>
          orElse(null, "what was found at a link before cannot be read", async () => {
            const { key, shelf } = await placeOf(link);
            const sealed = await looks.get(key, shelf);
            if (sealed === null) return null;
            const text = await unpack(await box.open(sealed, contextOf(key)));
            return { text, id: await digestOf(text) };
          }),
        keep: (link, text, until) =>
          orElse(undefined, "what was found at a link is not kept", async () => {
            const keptForMs = keptFor(keptMs, until, clock.now());
            if (keptForMs <= 0 || text.length > mostCharacters) return;
            const { key, shelf } = await placeOf(link);
            const sealed = await box.seal(await pack(text), contextOf(key));
            if (sealed.length > mostSealed) return;
            await looks.put({ key, shelf, owner: of.owner, egress: of.egress, sealed, keptForMs });
          }),
      };
    },
    egressesOf: (owner, link) =>
      orElse([], "it cannot be read through which egress a link was looked at", async () =>
        looks.egressesOf(await keyOf(owner, link)),
      ),
  };
}

async function pack(text: string): Promise<string> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  // In parts: a call takes so many arguments at most.
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary);
}

async function unpack(packed: string): Promise<string> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const text = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(text).text();
}
