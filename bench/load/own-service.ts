import { runCommand } from "../../cli/e2e/command.ts";
import { lightUrl } from "../chaos/light-engine.ts";
import { type SoakStage, startFleetStage, startServeStage } from "../soak/stage.ts";
import type { LoadTarget } from "./profile.ts";

/** A service for a run under load, with keys. */
export interface OwnService extends AsyncDisposable {
  readonly target: LoadTarget;
  readonly stage: SoakStage;
}

/** Starts a service with the light engine, on SQLite or as a fleet, and makes a key. */
export async function startOwnService(fleet: boolean): Promise<OwnService> {
  await using stack = new AsyncDisposableStack();
  const env = { AUTH: "keys", SECRETS_KEY: "k".repeat(32), WORKER_CONCURRENCY: "4", RETENTION_SECONDS: "300" };
  const stage = stack.use(await (fleet ? startFleetStage : startServeStage)(env));
  const made = await runCommand(["keys", "create", "--name", "load"], { cwd: stage.home, env: stage.env });
  if (made.exitCode !== 0) throw new Error(`no key could be made: ${made.stderr}`);
  const media = stage.origin.url("landscape/18.mp4");
  const owned = stack.move();
  return {
    stage,
    target: {
      url: stage.url,
      key: made.stdout.trim(),
      link: (number) => `${lightUrl(media)}&n=${number}`,
      probeLink: media,
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
