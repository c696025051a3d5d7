import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Logger, Scope, Telemetry } from "@vidferry/core";
import type { Context, MiddlewareHandler } from "hono";
import type { Auth, Principal } from "./auth/auth.ts";
import type { ApiConfig } from "./config.ts";
import type { Client } from "./http/client/client.ts";
import type { StreamFrames } from "./http/frames.ts";
import type { PublicLinks } from "./http/public-links.ts";
import type { UpgradeSocket } from "./http/socket.ts";
import type { UnreadableRequest } from "./http/unreadable.ts";
import type { RequestLimits } from "./limits/limits.ts";
import type { Rate } from "./limits/rate.ts";
import type { ApiService } from "./service.ts";

/** What the runtime provides for a request. All of it is optional: without it the app uses the runtime's defaults. */
export interface RuntimeBindings {
  /** Why the request cannot be taken as it came: it is answered with this. */
  readonly refused?: UnreadableRequest;
  /** Aborts when the server is about to stop: event streams end then, and readiness is refused. */
  readonly closing?: AbortSignal;
  /** For a WebSocket handshake: completes the upgrade once the app has answered. */
  readonly upgrade?: UpgradeSocket;
  /** Writes frames to the connection once the app has answered; the answer itself has a head and no body. */
  readonly stream?: StreamFrames;
  /** The address of the peer of the connection. */
  readonly address?: string;
  /** Breaks the exchange off, so that the client notices. */
  readonly cut?: () => void;
  /** Calls back when the exchange is over and its connection free or gone, however it ended; at once when it already is. */
  readonly onEnd?: (listener: () => void) => void;
}

/** Types of the Hono context. */
export interface AppEnv {
  Bindings: RuntimeBindings;
  Variables: {
    requestId: string;
    client: Client;
    principal: Principal;
    /** What was counted of the request; undefined: nothing. */
    rate: Rate | undefined;
    /** Of a stream, a socket or a transfer: aborts when the key that opened it ends. */
    keyEnded: AbortSignal | undefined;
  };
}

/** The app, before and after the routes are registered. */
export type App = OpenAPIHono<AppEnv>;

/** Dependencies of `createApp`. */
export interface AppDeps {
  readonly service: ApiService;
  readonly auth: Auth;
  readonly config: ApiConfig;
  readonly logger: Logger;
  /** Default: nobody is limited. */
  readonly limits?: RequestLimits;
  readonly telemetry?: Telemetry;
}

/** Dependencies of a route. */
export interface RouteDeps extends AppDeps {
  /** Makes absolute links that clients can follow. */
  readonly links: PublicLinks;
  /** Lets a request through when its key has the scope (without one: any valid key); the handler then knows the {@link Principal}. */
  readonly requires: (scope?: Scope) => MiddlewareHandler<AppEnv>;
  /** Lets a request for events through when its ticket or its key may read downloads. */
  readonly mayFollow: MiddlewareHandler<AppEnv>;
  /** Refuses pages of origins that the operator did not name. */
  readonly refuseForeignPages: MiddlewareHandler<AppEnv>;
  /** Limits the number of open streams; goes after `requires`. */
  readonly limitStreams: MiddlewareHandler<AppEnv>;
  /** Takes a slot of those streams until the answer is sent. Throws `rate_limit_exceeded`, `quota_exceeded` and `unavailable`. */
  readonly takeStreamSlot: (c: Context<AppEnv>) => Promise<void>;
  /** Refuses bodies that are too large, also when they come in chunks. */
  readonly limitBody: MiddlewareHandler<AppEnv>;
}
