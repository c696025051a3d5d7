import type { Clock } from "../runtime/clock.ts";
import { digestOf, keptFor, type Look, type LookShelves, shelfName } from "./looks.ts";

/** Characters of all that one process keeps: some twenty videos of YouTube, or hundreds of other sites. */
const mostCharacters = 16 * 1024 ** 2;

interface Kept extends Look {
  readonly owner: string;
  readonly egress: string;
  readonly link: string;
  readonly until: number;
}

/** What was found at links lately, in this process: for one that shares it with no other, or has no key to encrypt it with. */
export function memoryLooks(clock: Clock, keptMs: number): LookShelves {
  // The oldest first.
  const kept = new Map<string, Kept>();
  let characters = 0;

  const remove = (name: string): void => {
    characters -= kept.get(name)?.text.length ?? 0;
    kept.delete(name);
  };
  const isFresh = ({ until }: Kept): boolean => until > clock.now().getTime();

  return {
    shelf: (of) => {
      const id = shelfName(of);
      const nameOf = (link: string) => `${id} ${link}`;
      return {
        id,
        find: async (link) => {
          const found = kept.get(nameOf(link));
          if (found !== undefined && isFresh(found)) return { text: found.text, id: found.id };
          remove(nameOf(link));
          return null;
        },
        keep: async (link, text, until) => {
          const now = clock.now();
          const forMs = keptFor(keptMs, until, now);
          remove(nameOf(link));
          if (forMs <= 0 || text.length > mostCharacters) return;
          const look = { text, id: await digestOf(text), owner: of.owner, egress: of.egress, link };
          remove(nameOf(link));
          kept.set(nameOf(link), { ...look, until: now.getTime() + forMs });
          characters += text.length;
          for (const oldest of kept.keys()) {
            if (characters <= mostCharacters) break;
            remove(oldest);
          }
        },
      };
    },
    egressesOf: async (owner, link) => [
      ...new Set(
        [...kept.values()]
          .filter((one) => one.owner === owner && one.link === link && isFresh(one))
          .toReversed()
          .map(({ egress }) => egress),
      ),
    ],
  };
}
