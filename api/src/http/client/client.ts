import { canonicalAddress } from "./address.ts";
import { type Hop, hopsOfForwarded, hopsOfX } from "./forwarded.ts";
import { isWithin } from "./networks.ts";

/** Who is at the other end of a request. */
export interface Client {
  /** In its canonical form; null: not known. */
  readonly address: string | null;
  /** Whether it speaks TLS to the proxy in front. */
  readonly isSecure: boolean;
}

const unknown: Client = { address: null, isSecure: false };

/**
 * Finds out who sends a request. Only what a trusted proxy says is believed, read from the right: an entry counts as long as a
 * trusted proxy wrote it, and what clients put before it does not. Where it cannot be told, the address is not known, rather
 * than that of the proxy, which a key may be bound to.
 * @param trusted networks of the proxies
 * @param peer the address at the other end of the connection
 */
export function readClient(trusted: readonly string[], peer: string | undefined, headers: Headers): Client {
  const nearest = peer === undefined ? null : canonicalAddress(peer);
  if (nearest === null) return unknown;
  if (trusted.length === 0 || !isWithin(nearest, trusted)) return { address: nearest, isSecure: false };
  const byX = follow(trusted, hopsOfX(headers));
  const byForwarded = follow(trusted, hopsOfForwarded(headers));
  // Proxies write one of the two, and pass on what a client wrote into the other.
  if (byX !== null && byForwarded !== null && byX.address !== byForwarded.address) return unknown;
  return byX ?? byForwarded ?? { address: nearest, isSecure: protoAlone(headers) === "https" };
}

/** The client at the end of a chain of trusted proxies; null without a chain. */
function follow(trusted: readonly string[], hops: Iterable<Hop>): Client | null {
  let client: Client | null = null;
  for (const { address, proto } of hops) {
    if (address === null) return unknown;
    client = { address, isSecure: proto === "https" };
    if (!isWithin(address, trusted)) break;
  }
  return client;
}

/** What a proxy says that names no address. */
const protoAlone = (headers: Headers): string | undefined =>
  headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim().toLowerCase();
