import { forwardedAddress } from "./address.ts";

/** What one proxy says of the connection that came to it. */
export interface Hop {
  /** Null: it says none. */
  readonly address: string | null;
  readonly proto: string | null;
}

/** The hops in `X-Forwarded-For` and `X-Forwarded-Proto`, the nearest first; read as far as they are asked for. */
export function* hopsOfX(headers: Headers): Generator<Hop, void, void> {
  const entries = headers.get("x-forwarded-for")?.split(",").toReversed() ?? [];
  const protos = headers.get("x-forwarded-proto")?.split(",").toReversed() ?? [];
  for (const [index, entry] of entries.entries()) {
    // A proxy that overwrites the protocol leaves one value, however many hops there are.
    const proto = (protos[index] ?? protos.at(-1))?.trim().toLowerCase() ?? null;
    yield { address: forwardedAddress(entry), proto };
  }
}

/** More than any chain of proxies writes. What reads it may take the square of its length. */
const longest = 1_000;

/** The hops in `Forwarded` (RFC 7239), the nearest first. */
export function hopsOfForwarded(headers: Headers): readonly Hop[] {
  const text = headers.get("forwarded");
  if (text === null) return [];
  if (text.length > longest) return [{ address: null, proto: null }];
  // Neither a comma nor a semicolon inside quotes separates.
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [""]).toReversed().map((element) => {
    const pairs = new Map(
      [...element.matchAll(/([\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s"]+)/g)].map(([, name = "", value = ""]) => [
        name.toLowerCase(),
        value.replace(/^"(.*)"$/s, "$1").replaceAll(/\\(.)/g, "$1"),
      ]),
    );
    const of = pairs.get("for");
    return {
      address: of === undefined ? null : forwardedAddress(of),
      proto: pairs.get("proto")?.toLowerCase() ?? null,
    };
  });
}
