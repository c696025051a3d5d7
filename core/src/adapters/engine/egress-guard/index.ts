export { refusalPhrase } from "./egress-error.ts";
export { type EgressGuard, type EgressGuardOptions, type GuardRoute, type Refusal, startEgressGuard } from "./guard.ts";
export { createGuardedDial, type GuardedDial, type GuardedDialOptions } from "./guarded-dial.ts";
export type { Lookup } from "./policy.ts";
export { isPublicAddress } from "./public-address.ts";
export { parseUpstreamProxy, type UpstreamProxy } from "./upstream.ts";
