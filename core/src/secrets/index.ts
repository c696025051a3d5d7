export { createSecretBox, type SecretBox } from "./secret-box.ts";
export type { SecretSupport } from "./secret-support.ts";
