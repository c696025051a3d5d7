import type { Logger, Scope, Telemetry } from "@vidferry/core";
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "./app-env.ts";
import type { Auth } from "./auth/auth.ts";
import type { ApiConfig } from "./config.ts";
import type { PublicLinks } from "./http/public-links.ts";
import type { RequestLimits } from "./limits/limits.ts";
import type { AnswerMcp } from "./modules/mcp/answer-mcp.ts";
import type { ApiService } from "./service.ts";

/** Dependencies of `createApp`. */
export interface AppDeps {
  readonly service: ApiService;
  readonly auth: Auth;
  readonly config: ApiConfig;
  readonly logger: Logger;
  /** Default: nobody is limited. */
  readonly limits?: RequestLimits;
  /** Default: a log alone. */
  readonly telemetry?: Telemetry;
  /** What `/metrics` answers; absent: nothing. */
  readonly metrics?: { readonly contentType: string; text(): Promise<string> };
  /** Answers messages of assistants at `/mcp`; absent: nothing is there. */
  readonly answerMcp?: AnswerMcp;
}

/** Dependencies of a route. */
export interface RouteDeps extends AppDeps {
  readonly telemetry: Telemetry;
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
