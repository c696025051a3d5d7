import { lookup as systemLookup } from "node:dns/promises";
import type { Socket } from "node:net";
import { isLocalName } from "../../../sources/host-name.ts";
import { dial } from "./dial.ts";
import { refusal } from "./egress-error.ts";
import { systemNetworks } from "./own-networks.ts";
import { createPolicy, type Lookup } from "./policy.ts";
import { isPublicAddress } from "./public-address.ts";
import { formatAuthority, parseAuthority, type Target } from "./target.ts";

/** Connects as the egress guard does, without a proxy, for work of this process itself. */
export interface GuardedDial {
  /** Why a URL is never connected to, as far as it can be told without the network; null when it may be. */
  refuses(url: URL): string | null;
  /** Connects to an address that was checked. Rejects with `EgressError`, or the signal's reason. */
  connect(target: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Socket>;
}

export interface GuardedDialOptions {
  readonly allowPrivateHosts: readonly string[];
  readonly connectTimeoutMs: number;
  readonly lookup?: Lookup;
}

/** Makes a {@link GuardedDial}: every public host by https:, and what the operator named by http: too. */
export function createGuardedDial({ allowPrivateHosts, connectTimeoutMs, lookup }: GuardedDialOptions): GuardedDial {
  const policy = createPolicy({
    allowPrivateHosts,
    allowedHosts: null,
    lookup: lookup ?? (async (host) => (await systemLookup(host, { all: true })).map(({ address }) => address)),
    lookupTimeoutMs: connectTimeoutMs,
    trustUnresolved: false,
    ownPort: () => 0,
    ownNetworks: systemNetworks,
  });
  const targetOf = ({ hostname, port, protocol }: URL): Target | null =>
    parseAuthority(port === "" ? hostname : `${hostname}:${port}`, protocol === "http:" ? 80 : 443);

  return {
    refuses: (url) => {
      const target = targetOf(url);
      if (target === null) return "it has no proper host";
      if (policy.names(target)) return null;
      if (url.protocol !== "https:") return "it must begin with https://";
      const isPrivate = target.literal ? !isPublicAddress(target.host) : isLocalName(target.host);
      return isPrivate ? `${target.host} is not a public host` : null;
    },
    connect: async (wanted, signal) => {
      const target = parseAuthority(formatAuthority(wanted));
      if (target === null) throw refusal("that is no proper host");
      const addresses = await policy.check(target);
      signal.throwIfAborted();
      return await dial(addresses, target.port, { timeoutMs: connectTimeoutMs, signal });
    },
  };
}
