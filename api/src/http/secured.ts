import type { Scope } from "@vidferry/core";

type Security = { [scheme: string]: string[] }[];

/** The ways to send a key, and the scope that it needs, for the description of an operation. */
export const secured = (scope: Scope): Security => [{ bearerKey: [scope] }, { headerKey: [scope] }];

/** For operations that need no key. */
export const keyless: Security = [];
