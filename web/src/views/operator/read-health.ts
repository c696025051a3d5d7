import { base } from "../../service.ts";

export interface HealthCheck {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  /** What helps; absent while it is well. */
  readonly fix?: string;
}

/**
 * The checks of the service. Its answer is 503 when one failed, which is when people want to read them, so this is no error
 * here, and is not tried again as the client would.
 */
export async function readHealth(): Promise<readonly HealthCheck[]> {
  const response = await fetch(`${base}/health/detailed`, { headers: { accept: "application/json" } });
  const answer: unknown = await response.json().catch(() => null);
  const checks = (answer as { checks?: unknown } | null)?.checks;
  if (!Array.isArray(checks)) throw new Error(`${response.status} ${response.statusText}`.trim());
  return checks as HealthCheck[];
}
