import type { Clock, MaintenanceTask } from "@vidferry/core";

/** What {@link createScaleInProtection} needs to know. */
export interface ScaleInProtectionOptions {
  /** Where the ECS agent listens for its task: what ECS sets ECS_AGENT_URI to. */
  readonly agentUri: string;
  readonly clock: Pick<Clock, "now">;
  /** Whether jobs run now. */
  readonly isBusy: () => boolean;
}

/** For how long one request protects, in minutes: a worker that hangs can be stopped after that. */
const protectMinutes = 30;
const renewEveryMs = 10 * 60_000;
/** Between two jobs the protection stays, so that a busy worker does not ask twice for each. */
const idleMs = 15_000;
const requestTimeoutMs = 5_000;

/**
 * Asks the ECS agent not to choose this task when fewer are needed, or in a deployment, while jobs run in it. A request that
 * failed is repeated at the next run: until then a stop would hand jobs back, which loses nothing.
 */
export function createScaleInProtection({ agentUri, clock, isBusy }: ScaleInProtectionOptions): MaintenanceTask {
  const url = `${agentUri}/task-protection/v1/state`;
  let isProtected = false;
  let renewAt = 0;
  let busyAt = Number.NEGATIVE_INFINITY;

  const set = async (protect: boolean, signal: AbortSignal): Promise<void> => {
    const body = protect ? { ProtectionEnabled: true, ExpiresInMinutes: protectMinutes } : { ProtectionEnabled: false };
    const response = await fetch(url, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    const said = await response.text();
    if (response.ok && !isFailure(said)) return;
    throw new Error(
      `The ECS agent did not change the protection of this task (${response.status}): ${said.slice(0, 300)}. The task's role needs ecs:UpdateTaskProtection.`,
    );
  };

  return {
    name: "scale-in-protection",
    everyMs: 2_000,
    run: async (signal) => {
      const now = clock.now().getTime();
      if (isBusy()) {
        busyAt = now;
        if (isProtected && now < renewAt) return;
        await set(true, signal);
        isProtected = true;
        renewAt = now + renewEveryMs;
      } else if (isProtected && now >= busyAt + idleMs) {
        await set(false, signal);
        isProtected = false;
      }
    },
  };
}

/** The agent tells some refusals with status 200. */
function isFailure(said: string): boolean {
  try {
    const answer: unknown = JSON.parse(said);
    return typeof answer === "object" && answer !== null && ("failure" in answer || "error" in answer);
  } catch {
    return false;
  }
}
