/** A server for tests. */
export interface TestService extends AsyncDisposable {
  /** Where clients connect: `postgres://…`, `redis://…`, or the `http://…` endpoint. */
  readonly url: string;
  readonly port: number;
  /** Process id of the running server; changes with {@link restart}. */
  readonly pid: number;
  /** Stops the server and starts it again on the same port, with its data on disk. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. Safe to call twice. */
  stop(): Promise<void>;
}

/** The services that tests can ask for by name. */
export type ServiceName = "postgres" | "pgbouncer" | "redis" | "s3";
