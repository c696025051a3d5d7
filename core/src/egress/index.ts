export { type DirectEgressOptions, directEgress } from "./direct-egress.ts";
export * from "./egresses.ts";
export { withEgress } from "./with-egress.ts";
