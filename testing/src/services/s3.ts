import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import { findProgram } from "./find-program.ts";
import { startManagedService } from "./managed-service.ts";
import type { TestService } from "./service.ts";

/** What clients of the test server sign with; it accepts any key. */
export const testS3Credentials = { accessKeyId: "test", secretAccessKey: "test" } as const;

/** The `moto_server` program, or undefined where it is not installed. */
export function findS3(): string | undefined {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  return findProgram("moto_server", [join(root, ".tools/test-venv/bin")]);
}

/**
 * Starts a server that speaks the S3 protocol over HTTP, without buckets, on a free port. It keeps everything in memory.
 * @throws Error when it is not installed or does not start.
 */
export async function startS3(): Promise<TestService> {
  const program = findS3();
  if (program === undefined) throw new Error("The S3 test server (moto_server) is not installed; bin/test installs it");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startManagedService(url, port, {
    name: "the S3 test server",
    program,
    args: ["--host", "127.0.0.1", "--port", String(port)],
    stopSignal: "SIGKILL",
    isReady: () => isUp(url),
  });
}

async function isUp(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/moto-api/data.json`, { signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
