import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Principal } from "./auth/auth.ts";
import type { Client } from "./http/client/client.ts";
import type { StreamFrames } from "./http/frames.ts";
import type { UpgradeSocket } from "./http/socket.ts";
import type { UnreadableRequest } from "./http/unreadable.ts";
import type { Rate } from "./limits/rate.ts";

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
    /** The key of its session, see `auth/session-cookie.ts`; null: it has none. */
    sessionKey: string | null;
    /** What was counted of the request; undefined: nothing. */
    rate: Rate | undefined;
    /** Of a stream, a socket or a transfer: aborts when the key that opened it ends. */
    keyEnded: AbortSignal | undefined;
  };
}

/** The app, before and after the routes are registered. */
export type App = OpenAPIHono<AppEnv>;
