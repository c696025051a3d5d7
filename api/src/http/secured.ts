import type { Scope } from "@vidferry/core";

type Security = { [scheme: string]: string[] }[];

/** The ways to send a key, and the scope that it needs if any, for the description of an operation. */
export const secured = (...scopes: readonly [Scope] | readonly []): Security => [
  { bearerKey: [...scopes] },
  { headerKey: [...scopes] },
];

/** For event streams: a key with the scope, or a ticket of one. */
export const securedOrTicket = (scope: Scope): Security => [...secured(scope), { ticket: [] }];

/** For operations that need no key. */
export const keyless: Security = [];
