/** What the API itself can be told. The environment is read elsewhere; here are only values. */
export interface ApiConfig {
  /** Version of Vidferry, shown by `/health` and in the OpenAPI document. */
  readonly version: string;
  /** Where clients reach the service, without a slash at the end; null: unknown, links stay relative. */
  readonly publicUrl: string | null;
  /** Origins whose pages may call the API from a browser; `*` for all, empty for none. */
  readonly corsOrigins: readonly string[];
  /** Signs links to files; the same on all processes of a fleet. Null: each process makes one, and its links end with it. */
  readonly linkSecret: string | null;
  /** Largest request body, in bytes. */
  readonly maxBodyBytes: number;
  /** How long an event stream may stay silent before a comment is sent, in milliseconds. */
  readonly heartbeatMs: number;
  /** How long a client may leave an event stream unread before it is closed (it can resume), in milliseconds. */
  readonly stalledMs: number;
  /** Most event streams, WebSockets and transfers of files at once; each holds a descriptor of the process. */
  readonly maxStreams: number;
  /** Most of them for one key; null: half of all. */
  readonly maxStreamsPerKey: number | null;
  /** How long a probe may take, in milliseconds. */
  readonly probeTimeoutMs: number;
  /** How long the detailed health check may take, in milliseconds. */
  readonly healthTimeoutMs: number;
  /** How long the result of the detailed health check is given again before it is made anew, in milliseconds. */
  readonly healthKeptMs: number;
  /** The same for requests without a key while keys are on. */
  readonly strangersHealthKeptMs: number;
}

/** The defaults; `version` has none that is right. */
export const defaultApiConfig: ApiConfig = {
  version: "0.0.0",
  publicUrl: null,
  corsOrigins: [],
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
