import { badGateway, EgressError, gatewayTimeout, refusal } from "./egress-error.ts";
import { isLoopbackAddress, isPublicAddress } from "./public-address.ts";
import { parseAuthority, type Target } from "./target.ts";

/** All addresses of a name. Rejects when there are none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export interface PolicyOptions {
  /** `host` or `host:port` that may be private; without a port, every port. */
  readonly allowPrivateHosts: readonly string[];
  readonly lookup: Lookup;
  readonly lookupTimeoutMs: number;
  /** Names that do not resolve here are left to the upstream proxy instead of failing. */
  readonly trustUnresolved: boolean;
  /** The guard's own port, which nobody may reach through it. */
  readonly ownPort: () => number;
}

/** Decides where children may connect to. */
export interface Policy {
  /**
   * The addresses that may be connected to; empty when only the upstream proxy knows them.
   * @throws EgressError 403 when the target is refused, 502 or 504 when its name does not resolve.
   */
  check(target: Target): Promise<readonly string[]>;
}

/** Web ports, and the unprivileged ones: media servers use any of them, mail and other old services none. */
const isWebPort = (port: number) => port === 80 || port === 443 || port >= 1024;

const unresolvedMs = 60_000;
const maxUnresolved = 1_000;

/** Names that mean this machine or this network whatever a resolver says: RFC 6761, 6762, 8375, 9476 and bare names. */
const isLocalName = (host: string) =>
  /^[^.]+$|\.(localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/.test(host);

/**
 * Makes the policy: a target is allowed when every address it has is public and the port is one of the web's (80, 443,
 * 1024 and up), or when the operator named its host. One private address among public ones refuses the whole name.
 * @throws Error when an entry of `allowPrivateHosts` is no `host` or `host:port`.
 */
export function createPolicy(options: PolicyOptions): Policy {
  const allowed = new Set<string>();
  for (const entry of options.allowPrivateHosts) {
    // A bare IPv6 address ends in what looks like a port, so it needs its brackets to be told apart.
    const bracketed = (entry.match(/:/g)?.length ?? 0) > 1 && !entry.startsWith("[") ? `[${entry}]` : entry;
    const target = parseAuthority(bracketed, 1);
    if (!target) throw new Error(`expected host or host:port, got ${JSON.stringify(entry)}`);
    allowed.add(/[^:[]:\d+$|\]:\d+$/.test(bracketed) ? `${target.host} ${target.port}` : target.host);
  }

  /** Names that did not resolve, until when that is believed: where there is no DNS, each attempt would wait for its time limit. */
  const unresolved = new Map<string, number>();
  const leaveToUpstream = (host: string): readonly string[] => {
    if (isLocalName(host)) throw refusal(`${host} is a name of a private network`);
    return [];
  };

  async function resolve(target: Target): Promise<readonly string[]> {
    if (target.literal) return [target.host];
    if ((unresolved.get(target.host) ?? 0) > performance.now()) return leaveToUpstream(target.host);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(gatewayTimeout("Resolving the host timed out")), options.lookupTimeoutMs);
    });
    try {
      const addresses = await Promise.race([options.lookup(target.host), late]);
      if (addresses.length > 0) return addresses;
      throw badGateway("Host not found");
    } catch (error) {
      if (!options.trustUnresolved) {
        throw error instanceof EgressError ? error : badGateway("Host not found", error);
      }
      if (unresolved.size >= maxUnresolved) unresolved.clear();
      unresolved.set(target.host, performance.now() + unresolvedMs);
      return leaveToUpstream(target.host);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async check(target) {
      const named = allowed.has(target.host) || allowed.has(`${target.host} ${target.port}`);
      if (!named && !isWebPort(target.port)) throw refusal(`port ${target.port} is not one of the web's`);
      const addresses = await resolve(target);
      if (!named && !addresses.every(isPublicAddress)) throw refusal(`${target.host} is not a public address`);
      if (target.port === options.ownPort() && addresses.some(isLoopbackAddress))
        throw refusal("that is the guard itself");
      return addresses;
    },
  };
}
