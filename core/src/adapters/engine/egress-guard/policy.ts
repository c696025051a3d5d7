import { isLocalName } from "../../../sources/host-name.ts";
import { within } from "../../system/within.ts";
import { badGateway, EgressError, gatewayTimeout, refusal } from "./egress-error.ts";
import { isLoopbackAddress, isMetadataAddress, isOnNetworkOf, isPublicAddress } from "./public-address.ts";
import { parseAuthority, type Target } from "./target.ts";

/** All addresses of a name. Rejects when there are none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export interface PolicyOptions {
  /** `host` or `host:port` that may be private; without a port, every port. */
  readonly allowPrivateHosts: readonly string[];
  /** Hosts, with their subdomains, that may be reached besides those; null: every public one. */
  readonly allowedHosts: readonly string[] | null;
  readonly lookup: Lookup;
  readonly lookupTimeoutMs: number;
  /** Names that do not resolve here are left to the upstream proxy instead of failing. */
  readonly trustUnresolved: boolean;
  /** The guard's own port, which must not be reachable through it. */
  readonly ownPort: () => number;
  /** The networks that this machine is on: its addresses there, each with the prefix (`203.0.113.5/24`). */
  readonly ownNetworks: () => readonly string[];
}

/** Decides where child processes may connect to. */
export interface Policy {
  /**
   * The addresses that may be connected to; empty when only the upstream proxy knows them.
   * @throws EgressError 403 when the target is refused, 502 or 504 when its name does not resolve.
   */
  check(target: Target): Promise<readonly string[]>;
  /** Whether the operator named it as one that may be private. */
  names(target: Pick<Target, "host" | "port">): boolean;
}

/** Web ports, and the unprivileged ones: media servers use any of them, mail and similar services do not. */
const isWebPort = (port: number) => port === 80 || port === 443 || port >= 1024;

const unresolvedMs = 60_000;
const maxUnresolved = 1_000;

/**
 * Makes the policy: a target is allowed when every address it has is public and the port is one of the web's (80, 443,
 * 1024 and up), or when the operator named its host.
 *
 * - One private address among public ones refuses the whole name.
 * - Public addresses of this machine and of its networks count as private: no firewall stands between, and with IPv6 every
 *   machine of a home network has one.
 * - The metadata service of a cloud is allowed only when the operator named its literal address.
 * @throws Error when an entry of `allowPrivateHosts` is no `host` or `host:port`.
 */
export function createPolicy(options: PolicyOptions): Policy {
  const allowed = new Set<string>();
  for (const entry of options.allowPrivateHosts) {
    // A bare IPv6 address ends in what looks like a port, so it gets brackets.
    const bracketed = (entry.match(/:/g)?.length ?? 0) > 1 && !entry.startsWith("[") ? `[${entry}]` : entry;
    const target = parseAuthority(bracketed, 1);
    if (!target) throw new Error(`expected host or host:port, got ${JSON.stringify(entry)}`);
    allowed.add(/[^:[]:\d+$|\]:\d+$/.test(bracketed) ? `${target.host} ${target.port}` : target.host);
  }

  /** Negative DNS cache with expiry times: without DNS, each connection would wait for the timeout. */
  const unresolved = new Map<string, number>();
  const isOpen = (host: string) =>
    options.allowedHosts?.some((entry) => host === entry || host.endsWith(`.${entry}`)) ?? true;

  async function resolve(target: Target): Promise<readonly string[]> {
    if (target.literal) return [target.host];
    if ((unresolved.get(target.host) ?? 0) > performance.now()) return [];
    try {
      const addresses = await within(options.lookupTimeoutMs, options.lookup(target.host), () =>
        gatewayTimeout("Resolving the host timed out"),
      );
      if (addresses.length > 0) return addresses;
      throw badGateway("Host not found");
    } catch (error) {
      if (!options.trustUnresolved) {
        throw error instanceof EgressError ? error : badGateway("Host not found", error);
      }
      if (unresolved.size >= maxUnresolved) unresolved.clear();
      unresolved.set(target.host, performance.now() + unresolvedMs);
      return [];
    }
  }

  const names: Policy["names"] = ({ host, port }) => allowed.has(host) || allowed.has(`${host} ${port}`);

  return {
    names,
    async check(target) {
      const named = names(target);
      if (!named && !target.literal && isLocalName(target.host))
        throw refusal(`${target.host} is a name of a private network`);
      if (!named && !isOpen(target.host)) throw refusal(`${target.host} is not one of the allowed hosts`);
      if (!named && !isWebPort(target.port)) throw refusal(`port ${target.port} is not one of the web's`);
      const addresses = await resolve(target);
      // An allowed name does not allow every address that it may resolve to later.
      if (!(named && target.literal) && addresses.some(isMetadataAddress))
        throw refusal(`${target.host} is the metadata service of a cloud`);
      if (!named && !addresses.every(isPublicAddress)) throw refusal(`${target.host} is not a public address`);
      if (!named && addresses.some((address) => isOnNetworkOf(address, options.ownNetworks())))
        throw refusal(`${target.host} is on a network of this machine`);
      if (target.port === options.ownPort() && addresses.some(isLoopbackAddress))
        throw refusal("that is the guard itself");
      return addresses;
    },
  };
}
