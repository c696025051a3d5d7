/** Settings of the API as plain values; the environment is read elsewhere. */
export interface ApiConfig {
  /** Version of Vidferry, shown by `/health` and in the OpenAPI document. */
  readonly version: string;
  /** Where clients reach the service, without a slash at the end; null: unknown, links stay relative. */
  readonly publicUrl: string | null;
  /** Path at which a program serves the API among other things, such as `/media`, where `publicUrl` does not tell; empty: none. */
  readonly basePath: string;
  /** Whether browsers get the dashboard. */
  readonly dashboard: boolean;
  /** Origins whose pages may call the API from a browser; `*` for all, empty for none. */
  readonly corsOrigins: readonly string[];
  /** Addresses and networks (CIDRs, `loopback`, `private`) of proxies in front, which say who sends a request; empty: none. */
  readonly trustedProxies: readonly string[];
  /**
   * Without keys, what becomes of a request that comes without the `address` of its peer, so that it cannot be told who asks: `refuse`, or
   * `admit` where nobody reaches the program's server who may not do everything.
   */
  readonly unknownCallers: "refuse" | "admit";
  /** Addresses and networks whose `traceparent` is continued, besides programs of this machine. */
  readonly traceparentFrom: readonly string[];
  /** Signs links to files; the same on all processes of a fleet. Null: each process makes one, and its links end with it. */
  readonly linkSecret: string | null;
  /** Largest request body, in bytes. */
  readonly maxBodyBytes: number;
  /** How long an event stream may stay silent before a comment is sent, in milliseconds. */
  readonly heartbeatMs: number;
  /** How long a client may leave an event stream unread before it is closed (it can resume), in milliseconds. */
  readonly stalledMs: number;
  /** Maximum number of concurrent event streams, WebSockets and file transfers; each holds a file descriptor. */
  readonly maxStreams: number;
  /** The same limit per key; null: half of the total. */
  readonly maxStreamsPerKey: number | null;
  /** How long a probe may take, in milliseconds. */
  readonly probeTimeoutMs: number;
  /** How long the detailed health check may take, in milliseconds. */
  readonly healthTimeoutMs: number;
  /** How long a result of the detailed health check is cached, in milliseconds. */
  readonly healthKeptMs: number;
  /** The same for requests without a key while keys are on. */
  readonly strangersHealthKeptMs: number;
}

/** The defaults; `version` has none. */
export const defaultApiConfig: ApiConfig = {
  version: "0.0.0",
  publicUrl: null,
  basePath: "",
  dashboard: true,
  corsOrigins: [],
  trustedProxies: [],
  unknownCallers: "refuse",
  traceparentFrom: [],
  linkSecret: null,
  maxBodyBytes: 64 * 1024,
  heartbeatMs: 8_000,
  stalledMs: 60_000,
  maxStreams: 10_000,
  maxStreamsPerKey: null,
  probeTimeoutMs: 90_000,
  healthTimeoutMs: 15_000,
  healthKeptMs: 5_000,
  strangersHealthKeptMs: 60_000,
};
