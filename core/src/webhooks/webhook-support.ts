import type { SecretBox } from "../secrets/secret-box.ts";
import type { WebhookSender } from "./sender.ts";

/** What webhooks need besides a store; a service without it refuses them. */
export interface WebhookSupport {
  readonly secrets: SecretBox;
  readonly sender: WebhookSender;
  /** Address of the service for receivers; null: files are named by their path. */
  readonly publicUrl: string | null;
  /** Whether this process sends what is due; default: true. Another one has to where it does not. */
  readonly delivers?: boolean;
  /** Why webhooks cannot be made here; null when they can. */
  readonly refused: string | null;
}
