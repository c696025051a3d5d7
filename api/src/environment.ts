import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppError, Logger, Telemetry } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import type { Auth, Principal } from "./auth/auth.ts";
import type { ApiConfig } from "./config.ts";
import type { PublicLinks } from "./http/public-links.ts";
import type { UpgradeSocket } from "./http/socket.ts";
import type { ApiService } from "./service.ts";

/** What the runtime lends to a request. All of it may be absent: then the app still works, with the runtime's defaults. */
export interface RuntimeBindings {
  /** Why the request cannot be taken as it came: it is answered with this and status 400. */
  readonly refused?: AppError;
  /** Aborts when the server is about to stop: event streams end then, and readiness is refused. */
  readonly closing?: AbortSignal;
  /** Of a WebSocket handshake: has it completed, once the app has answered. */
  readonly upgrade?: UpgradeSocket;
  /** Calls back when the exchange is over and its connection free or gone, however it ended; at once when it already is. */
  readonly onEnd?: (listener: () => void) => void;
}

/** Types of the Hono context. */
export interface AppEnv {
  Bindings: RuntimeBindings;
  Variables: {
    requestId: string;
    principal: Principal;
  };
}

/** The app, before and after the routes are registered. */
export type App = OpenAPIHono<AppEnv>;

/** What `createApp` is made of. */
export interface AppDeps {
  readonly service: ApiService;
  readonly auth: Auth;
  readonly config: ApiConfig;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
}

/** What a route is made of. */
export interface RouteDeps extends AppDeps {
  /** Links as clients can follow them. */
  readonly links: PublicLinks;
  /** Lets the request through when its key may read. */
  readonly mayRead: MiddlewareHandler<AppEnv>;
  /** Lets the request through when its key may write. */
  readonly mayWrite: MiddlewareHandler<AppEnv>;
  /** Keeps the streams that are open at once within bounds; after `mayRead`. */
  readonly limitStreams: MiddlewareHandler<AppEnv>;
  /** Refuses bodies that are too large, also when they come in chunks. */
  readonly limitBody: MiddlewareHandler<AppEnv>;
}
